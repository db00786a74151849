%% Writes down what happens to the processes of one script, in order, and says how the next start of each worker
%% is to end. It starts and ends nobody. Runs on one scheduler: there the death of a process is in this mailbox
%% before anybody else can do anything about it.
-module(oracle_recorder).
-export([start/1, stop/1, runner/1, kind/2, arm/2, next/3, started/3, failed/2, stopping/1, gave_up/1]).
-export([count/1, take/1, pid/2, path/2, supervisors/1]).

%% `Runner` is who runs the script.
start(Runner) ->
    spawn(fun() ->
        loop(#{runner => Runner, events => [], fresh => 0, pids => #{}, paths => #{}, arms => #{}, marks => #{}})
    end).
stop(Rec) -> exit(Rec, kill).

runner(Rec) -> call(Rec, runner).
%% worker, supervisor or dynamic.
kind(Rec, Path) -> call(Rec, {kind, Path}).
arm(Rec, Arms) -> call(Rec, {arm, Arms}).
%% How the next start of a worker ends, and the orders to send its supervisor meanwhile.
next(Rec, Parent, Path) -> call(Rec, {next, Parent, Path}).
started(Rec, Kind, Path) ->
    put(oracle_recorder, Rec),
    call(Rec, {started, Kind, Path, self()}).
failed(Rec, Path) -> call(Rec, {failed, Path}).
%% What is said by a process of itself: that it ends because it was asked to; that it restarted too often.
stopping(Rec) -> call(Rec, {mark, self(), shutdown}).
gave_up(Rec) -> call(Rec, {mark, self(), intensity}).
count(Rec) -> call(Rec, count).
%% The events since the last take. What was armed and has not been used is no more.
take(Rec) -> call(Rec, take).
pid(Rec, Path) -> call(Rec, {pid, Path}).
path(Rec, Pid) -> call(Rec, {path, Pid}).
%% The live ones, deepest first.
supervisors(Rec) -> call(Rec, supervisors).

call(Rec, Request) ->
    Mon = monitor(process, Rec),
    Rec ! {call, self(), Mon, Request},
    receive {Mon, Reply} -> demonitor(Mon, [flush]), Reply;
            {'DOWN', Mon, process, Rec, Reason} -> exit({recorder, Reason})
    end.

loop(State) ->
    receive
        {call, From, Ref, Request} ->
            {Reply, Next} = handle(Request, State),
            From ! {Ref, Reply},
            loop(Next);
        {'DOWN', _, process, Pid, Reason} ->
            #{pids := Pids, marks := Marks} = State,
            {_Kind, Path} = maps:get(Pid, Pids),
            How = case Marks of
                      #{Pid := Mark} when Reason =/= killed -> Mark;
                      _ -> how(Reason)
                  end,
            loop(event([<<"-">>, Path, How], State#{pids := maps:remove(Pid, Pids)}))
    end.

handle({arm, Arms}, #{arms := Old} = State) ->
    New = maps:from_list([{Path, {Starts, Orders}} || #{path := Path, starts := Starts, orders := Orders} <- Arms]),
    {ok, State#{arms := maps:merge(Old, New)}};
handle({next, Parent, Path}, #{arms := Arms, events := Events} = State) ->
    case Arms of
        #{Path := {[How | Starts], Orders}} ->
            %% A supervisor that is itself being started takes no orders.
            Begun = lists:member([<<"+">>, Parent, <<>>], Events),
            Sent = case Begun of true -> []; false -> Orders end,
            {{binary_to_atom(How), Sent}, State#{arms := Arms#{Path := {Starts, []}}}};
        _ ->
            {{up, []}, State}
    end;
handle({started, Kind, Path, Pid}, #{pids := Pids, paths := Paths} = State) ->
    monitor(process, Pid),
    Known = State#{pids := Pids#{Pid => {Kind, Path}}, paths := Paths#{Path => {Kind, Pid}}},
    {ok, event([<<"+">>, Path, <<>>], Known)};
handle({failed, Path}, State) ->
    {ok, event([<<"!">>, Path, <<>>], State)};
handle({mark, Pid, Mark}, #{marks := Marks} = State) ->
    {ok, State#{marks := Marks#{Pid => Mark}}};
handle(runner, #{runner := Runner} = State) ->
    {Runner, State};
handle({kind, Path}, #{paths := Paths} = State) ->
    {element(1, maps:get(Path, Paths)), State};
handle(count, #{fresh := Fresh} = State) ->
    {Fresh, State};
handle(take, #{events := Events} = State) ->
    {lists:reverse(Events), State#{events := [], arms := #{}}};
handle({pid, Path}, #{paths := Paths, pids := Pids} = State) ->
    case Paths of
        #{Path := {_, Pid}} -> {{case Pids of #{Pid := _} -> live; _ -> dead end, Pid}, State};
        _ -> {none, State}
    end;
handle({path, Pid}, #{pids := Pids} = State) ->
    {element(2, maps:get(Pid, Pids)), State};
handle(supervisors, #{pids := Pids} = State) ->
    Live = [{Path, Pid, Kind} || {Pid, {Kind, Path}} <- maps:to_list(Pids), Kind =/= worker],
    {lists:reverse(lists:sort(Live)), State}.

event(Event, #{events := Events, fresh := Fresh} = State) ->
    State#{events := [Event | Events], fresh := Fresh + 1}.

how(normal) -> normal;
how(shutdown) -> shutdown;
how({shutdown, {failed_to_start_child, _, _}}) -> failed;
how({shutdown, _}) -> shutdown;
how(killed) -> killed;
how(_) -> abnormal.
