%% Runs one script on OTP's supervisor, step by step, and gives its trace.
-module(oracle_runner).
-export([run/1]).

%% {Disturbed, Trace}. Disturbed: what had to happen within one second of OTP's window did not, for lack of time.
run(#{tree := #{id := Id} = Tree, arms := Arms, steps := Steps, waits := Waits}) ->
    process_flag(trap_exit, true),
    Rec = oracle_recorder:start(self()),
    Waits andalso to_second(erlang:monotonic_time(1) + 1),
    Began = erlang:monotonic_time(1),
    oracle_recorder:arm(Rec, Arms),
    Result = case oracle_tree:start_link(Rec, Id, Tree) of {ok, _} -> ok; {error, _} -> start_failed end,
    First = finish(Rec, Result),
    {Rest, Ended, Late} = steps(Steps, Rec, Id, Began, false),
    oracle_recorder:stop(Rec),
    {Waits andalso (Late orelse Ended =/= erlang:monotonic_time(1)), [First | Rest]}.

steps([], _Rec, _Top, Second, Late) ->
    {[], Second, Late};
steps([#{do := <<"wait">>, seconds := Seconds} | Steps], Rec, Top, Second, Late) ->
    NowLate = Late orelse Second =/= erlang:monotonic_time(1),
    to_second(Second + Seconds),
    Now = erlang:monotonic_time(1),
    Done = finish(Rec, ok),
    {Rest, Ended, Later} = steps(Steps, Rec, Top, Now, NowLate),
    {[Done | Rest], Ended, Later};
steps([Step | Steps], Rec, Top, Second, Late) ->
    Done = finish(Rec, step(Step, Rec, Top)),
    {Rest, Ended, Later} = steps(Steps, Rec, Top, Second, Late),
    {[Done | Rest], Ended, Later}.

step(#{do := <<"die">>, path := Path, how := How, arms := Arms}, Rec, _Top) ->
    oracle_recorder:arm(Rec, Arms),
    case oracle_recorder:pid(Rec, Path) of
        {live, Pid} -> die(Pid, How), ok;
        _ -> absent
    end;
step(#{do := <<"together">>, paths := Paths, how := How}, Rec, _Top) ->
    Pids = [Pid || Path <- Paths, {live, Pid} <- [oracle_recorder:pid(Rec, Path)]],
    Suspended = [Pid || {_, Pid, _} <- oracle_recorder:supervisors(Rec)],
    [sys:suspend(Pid) || Pid <- Suspended],
    [die(Pid, How) || Pid <- Pids],
    [sys:resume(Pid) || Pid <- Suspended],
    case Pids of [] -> absent; _ -> ok end;
step(#{do := <<"order">>, path := Path, order := Order, arms := Arms}, Rec, _Top) ->
    oracle_recorder:arm(Rec, Arms),
    case oracle_recorder:pid(Rec, Path) of
        {live, Pid} -> oracle_order:call(Rec, Path, Pid, Order);
        _ -> absent
    end;
step(#{do := <<"stop">>}, Rec, Top) ->
    case oracle_recorder:pid(Rec, Top) of
        {live, Pid} -> await_end(Pid, fun() -> exit(Pid, shutdown) end), ok;
        _ -> absent
    end.

die(Pid, <<"killed">>) -> await_end(Pid, fun() -> exit(Pid, kill) end);
die(Pid, How) -> await_end(Pid, fun() -> Pid ! {die, binary_to_atom(How)} end).

await_end(Pid, Cause) ->
    Mon = monitor(process, Pid),
    Cause(),
    receive {'DOWN', Mon, process, Pid, _} -> ok end.

finish(Rec, Result) ->
    quiet(Rec),
    States = [state(Rec, Supervisor) || Supervisor <- lists:reverse(oracle_recorder:supervisors(Rec))],
    #{results => [Result | oracle_order:answers()], events => oracle_recorder:take(Rec), states => States}.

%% A supervisor that answers has done all that it had to do before; nothing new in a whole round, twice: quiet.
quiet(Rec) -> quiet(Rec, 2).
quiet(_Rec, 0) -> ok;
quiet(Rec, Left) ->
    Before = oracle_recorder:count(Rec),
    [catch gen_server:call(Pid, count_children, infinity) || {_, Pid, _} <- oracle_recorder:supervisors(Rec)],
    case oracle_recorder:count(Rec) of
        Before -> quiet(Rec, Left - 1);
        _ -> quiet(Rec, 2)
    end.

state(Rec, {Path, Pid, Kind}) ->
    Counts = [Count || {_, Count} <- supervisor:count_children(Pid)],
    Children = [{Id, Child} || {Id, Child, _, _} <- lists:reverse(supervisor:which_children(Pid))],
    case Kind of
        %% Not OTP's count: it is -1 once a child has been terminated while it was being restarted.
        dynamic -> Named = named(Rec, Path, Children), #{path => Path, children => Named, count => [length(Named)]};
        _ -> #{path => Path, children => [[Id, word(Life)] || {Id, Life} <- Children], count => Counts}
    end.

word(Pid) when is_pid(Pid) -> running;
word(undefined) -> terminated;
word(restarting) -> restarting.

%% The children of a dynamic supervisor have no id, and no order.
named(Rec, Path, Children) ->
    Size = byte_size(Path) + 1,
    Names = [binary:part(Child, Size, byte_size(Child) - Size)
             || {undefined, Life} <- Children, is_pid(Life), Child <- [oracle_recorder:path(Rec, Life)]],
    [[Name, running] || Name <- lists:sort(Names)].

to_second(Second) ->
    case Second * 1000 - erlang:monotonic_time(millisecond) of
        Ms when Ms > 0 -> timer:sleep(Ms), to_second(Second);
        _ -> timer:sleep(10)
    end.
