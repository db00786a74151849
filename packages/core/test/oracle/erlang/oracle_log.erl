%% Listens to OTP's log for one report: a supervisor that gives up because it restarted too often. It runs in that
%% supervisor's process. All other reports are dropped.
-module(oracle_log).
-export([install/0, log/2]).

install() ->
    logger:set_primary_config(level, error),
    [logger:remove_handler(Id) || Id <- logger:get_handler_ids()],
    logger:add_handler(oracle, ?MODULE, #{}).

log(#{msg := {report, #{label := {supervisor, shutdown}, report := Report}}}, _Config) ->
    case {lists:keyfind(reason, 1, Report), get(oracle_recorder)} of
        {{reason, reached_max_restart_intensity}, Rec} when is_pid(Rec) -> oracle_recorder:gave_up(Rec);
        _ -> ok
    end;
log(_Event, _Config) ->
    ok.
