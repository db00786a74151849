%% A worker that starts, dies and answers its stop as a script says.
-module(oracle_worker).
-export([start_link/3, start_link/4, init/5]).

%% A child of a dynamic supervisor: the name comes last.
start_link(Rec, Parent, Template, Name) ->
    start_link(Rec, Parent, Template#{id := Name}).

%% Runs in the supervisor's process, as OTP's start functions do: what is sent to self() here is an order that the
%% supervisor finds in its mailbox after this start, and before the next attempt.
start_link(Rec, Parent, #{id := Id, release := Release}) ->
    Path = <<Parent/binary, "/", Id/binary>>,
    {How, Orders} = oracle_recorder:next(Rec, Parent, Path),
    oracle_order:send_all(Rec, Parent, Orders),
    proc_lib:start_link(?MODULE, init, [self(), Rec, Path, Release, How]).

init(_Parent, Rec, Path, _Release, abnormal) ->
    oracle_recorder:failed(Rec, Path),
    exit(on_purpose);
init(_Parent, Rec, Path, _Release, killed) ->
    oracle_recorder:failed(Rec, Path),
    exit(self(), kill),
    receive after infinity -> ok end;
init(Parent, Rec, Path, Release, up) ->
    process_flag(trap_exit, true),
    oracle_recorder:started(Rec, worker, Path),
    proc_lib:init_ack(Parent, {ok, self()}),
    receive
        {die, abnormal} -> exit(on_purpose);
        {die, How} -> exit(How);
        {'EXIT', Parent, _} -> release(Rec, Release)
    end;
init(Parent, Rec, Path, _Release, How) ->
    oracle_recorder:started(Rec, worker, Path),
    proc_lib:init_ack(Parent, {ok, self()}),
    exit(How).

release(_Rec, <<"stuck">>) -> receive after infinity -> ok end;
release(Rec, How) ->
    oracle_recorder:stopping(Rec),
    case How of
        <<"normal">> -> timer:sleep(1), exit(normal);
        <<"abnormal">> -> exit(on_purpose);
        _ -> exit(shutdown)
    end.
