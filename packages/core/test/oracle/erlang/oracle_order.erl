%% What one asks of a supervisor at run time, as OTP's own requests, and what it answered in one word.
-module(oracle_order).
-export([call/4, send_all/3, answers/0]).

call(Rec, Path, Pid, Order) ->
    try word(gen_server:call(Pid, request(Rec, Path, Order), infinity))
    catch exit:_ -> gone
    end.

%% Sent by a supervisor to itself in the name of the script's runner.
send_all(_Rec, _Path, []) -> ok;
send_all(Rec, Path, Orders) ->
    Runner = oracle_recorder:runner(Rec),
    Sent = make_ref(),
    Runner ! {orders, Sent, length(Orders)},
    [self() ! {'$gen_call', {Runner, {Sent, N}}, request(Rec, Path, Order)}
     || {N, Order} <- lists:zip(lists:seq(1, length(Orders)), Orders)],
    ok.

%% The answers to the orders sent since the last time; `gone` where who had them died first.
answers() ->
    receive {orders, Sent, Count} -> [answer({Sent, N}) || N <- lists:seq(1, Count)] ++ answers()
    after 0 -> []
    end.

answer(Tag) -> receive {Tag, Reply} -> word(Reply) after 0 -> gone end.

%% A dynamic supervisor knows its children by pid, a start by what to add to its template.
request(Rec, Path, #{op := Op, id := Id} = Order) ->
    case {Op, oracle_recorder:kind(Rec, Path)} of
        {<<"terminate">>, dynamic} -> {terminate_child, last_pid(Rec, <<Path/binary, "/", Id/binary>>)};
        {<<"start">>, dynamic} -> {start_child, [Id]};
        {<<"terminate">>, _} -> {terminate_child, Id};
        {<<"restart">>, _} -> {restart_child, Id};
        {<<"delete">>, _} -> {delete_child, Id};
        {<<"start">>, _} -> {start_child, oracle_tree:child_spec(Rec, Path, maps:get(child, Order))}
    end.

%% Where there has been none: one that is nobody's child.
last_pid(Rec, Path) ->
    case oracle_recorder:pid(Rec, Path) of
        {_, Pid} -> Pid;
        none -> Rec
    end.

word(ok) -> ok;
word({ok, _}) -> ok;
word({error, already_present}) -> already_present;
word({error, {already_started, _}}) -> already_started;
word({error, running}) -> running;
word({error, restarting}) -> restarting;
word({error, not_found}) -> not_found;
word({error, {bad_combination, _}}) -> bad_spec;
word({error, _}) -> start_failed.
