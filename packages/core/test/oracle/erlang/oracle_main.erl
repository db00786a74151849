%% Reads scripts as terms, runs them in one virtual machine, and writes a line of JSON for each: its index, whether
%% it was disturbed, its trace. Those that wait run beside each other, the others a few at a time.
-module(oracle_main).
-export([main/2]).

main(ScriptFile, TraceFile) ->
    oracle_log:install(),
    {ok, Scripts} = file:consult(ScriptFile),
    {ok, Out} = file:open(TraceFile, [write, raw, delayed_write]),
    {Waiting, Quick} = lists:partition(fun(#{waits := Waits}) -> Waits end, Scripts),
    Self = self(),
    Lines = [spawn_link(fun() -> many(Group, Width, Self) end) || {Group, Width} <- [{Waiting, 120}, {Quick, 8}]],
    write(length(Scripts), Out),
    [exit(Pid, normal) || Pid <- Lines],
    ok = file:close(Out).

write(0, _Out) -> ok;
write(Left, Out) ->
    receive {trace, Index, {Disturbed, Trace}} ->
        ok = file:write(Out, [json(#{index => Index, disturbed => Disturbed, trace => Trace}), $\n])
    end,
    write(Left - 1, Out).

many(Scripts, Width, To) ->
    process_flag(trap_exit, true),
    {Now, Later} = lists:split(min(Width, length(Scripts)), Scripts),
    [begin_script(Script, To) || Script <- Now],
    refill(Later, length(Now), To).

refill(_, 0, _To) -> ok;
refill(Scripts, Running, To) ->
    receive {'EXIT', _, normal} ->
        case Scripts of
            [Script | Later] -> begin_script(Script, To), refill(Later, Running, To);
            [] -> refill([], Running - 1, To)
        end
    end.

begin_script(#{index := Index} = Script, To) ->
    spawn_link(fun() -> To ! {trace, Index, oracle_runner:run(Script)}, exit(normal) end).

json(List) when is_list(List) -> [$[, lists:join($,, [json(Each) || Each <- List]), $]];
json(Map) when is_map(Map) ->
    [${, lists:join($,, [[json(Key), $:, json(Value)] || {Key, Value} <- maps:to_list(Map)]), $}];
json(Text) when is_binary(Text) -> [$", Text, $"];
json(Number) when is_integer(Number) -> integer_to_list(Number);
json(Flag) when is_boolean(Flag) -> atom_to_list(Flag);
json(Word) when is_atom(Word) -> [$", atom_to_list(Word), $"].
