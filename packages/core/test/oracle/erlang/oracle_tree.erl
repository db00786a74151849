%% A supervisor as a script describes it: OTP's own, with these flags and children.
-module(oracle_tree).
-behaviour(supervisor).
-export([start_link/3, init/1, child_spec/3]).

start_link(Rec, Path, Node) -> supervisor:start_link(?MODULE, {Rec, Path, Node}).

init({Rec, Path, #{strategy := Strategy, intensity := Intensity, period := Period, autoShutdown := Auto} = Node}) ->
    Kind = case Strategy of <<"dynamic">> -> dynamic; _ -> supervisor end,
    oracle_recorder:started(Rec, Kind, Path),
    Flags = #{intensity => Intensity, period => Period, auto_shutdown => binary_to_atom(Auto)},
    case Strategy of
        <<"dynamic">> ->
            Spec = child_spec(Rec, Path, maps:get(template, Node)),
            {ok, {Flags#{strategy => simple_one_for_one}, [Spec]}};
        _ ->
            Specs = [child_spec(Rec, Path, Child) || Child <- maps:get(children, Node)],
            {ok, {Flags#{strategy => binary_to_atom(Strategy)}, Specs}}
    end.

child_spec(Rec, Parent, #{id := Id, restart := Restart, significant := Significant} = Node) ->
    Common = #{id => Id, restart => binary_to_atom(Restart), significant => Significant},
    case Node of
        #{kind := <<"worker">>, release := Release} ->
            Common#{start => {oracle_worker, start_link, [Rec, Parent, Node]}, shutdown => limit(Release)};
        #{kind := <<"supervisor">>} ->
            Path = <<Parent/binary, "/", Id/binary>>,
            Common#{start => {?MODULE, start_link, [Rec, Path, Node]}, type => supervisor}
    end.

limit(<<"brutal">>) -> brutal_kill;
limit(<<"stuck">>) -> 20;
limit(_) -> 5000.
