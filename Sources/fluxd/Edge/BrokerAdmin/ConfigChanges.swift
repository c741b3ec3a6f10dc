import AdminAPI
import Configuration
import DaemonConfig
import Protobuf
import RPC

// Looking at a configuration, reloading it, and setting one key. All of them read and open files on another thread, and only
// then, if nothing was wrong, change anything.
extension BrokerBackend {
    func changeConfig(
        _ request: AdminV1.DoRequest,
        isRehearsal: Bool,
        _ answer: @escaping (Result<AdminV1.DoResponse, RPCError>) -> Void
    ) {
        if let refusal = self.refusal(of: request) { return self.later { answer(.failure(refusal)) } }
        self.isReadingConfig = true
        let (running, applier) = (self.config, self.facts.apply)
        self.facts.offload {
            Result { () throws(ConfigError) in
                if request.verb == "set" {
                    return try running.setting(request.id, to: request.arguments["value"] ?? "", applier)
                }
                guard let text = request.arguments["text"] else {
                    return try running.reloading(try running.source.load(), applier)
                }
                let source = ConfigSource(
                    path: request.arguments["name"] ?? "configuration",
                    overrides: [],
                    environment: running.source.environment,
                    isRoot: running.source.isRoot
                )
                return try running.reloading(try source.load(Array(text.utf8)), applier)
            }
        } _: { [self] prepared in
            switch prepared {
            case .failure(let error):
                self.isReadingConfig = false
                answer(.failure(RPCError(.invalidArgument, "\(error)", details: [Self.badConfig(error)])))
            case .success(let prepared):
                if !isRehearsal, request.verb == "reload" || request.verb == "set" {
                    self.config = prepared.running
                    prepared.commit()
                }
                if request.verb == "set" {
                    self.isReadingConfig = false
                    return answer(.success(Self.response(request, prepared, isRehearsal)))
                }
                let (had, way) = (!running.config.queues.isEmpty, Self.way(request, isRehearsal))
                let listsAll = request.arguments["all_queues"] == "true"
                self.applyQueues(prepared.queues, hadQueues: had, listsAll: listsAll, way) { [self] rows in
                    self.isReadingConfig = false
                    var prepared = prepared
                    prepared.changes += rows
                    answer(.success(Self.response(request, prepared, isRehearsal)))
                }
            }
        }
    }

    private static func way(_ request: AdminV1.DoRequest, _ isRehearsal: Bool) -> QueueApplier.Way {
        let takesFile = request.arguments["apply_queues"] == "true"
        if request.verb != "reload" || isRehearsal { return takesFile ? .lookTaking : .look }
        return takesFile ? .take : .make
    }

    private func refusal(of request: AdminV1.DoRequest) -> RPCError? {
        if let word = request.arguments["apply_queues"], request.verb == "set" || !["true", "false"].contains(word) {
            return RPCError(.invalidArgument, "apply_queues is true or false, and goes with reload, diff and check")
        }
        if let word = request.arguments["all_queues"], request.verb == "set" || !["true", "false"].contains(word) {
            return RPCError(.invalidArgument, "all_queues is true or false, and goes with reload, diff and check")
        }
        if request.verb == "set", request.arguments["value"] == nil {
            return RPCError(.invalidArgument, "set takes the argument value")
        }
        if request.verb == "check", request.arguments["text"] == nil {
            return RPCError(.invalidArgument, "check takes the argument text: the configuration to look at")
        }
        return self.isReadingConfig ? RPCError(.unavailable, "another configuration is being read; try again") : nil
    }

    private static func response(
        _ request: AdminV1.DoRequest,
        _ prepared: PreparedConfig,
        _ isRehearsal: Bool
    ) -> AdminV1.DoResponse {
        let changes = prepared.changes
        var response = AdminV1.DoResponse()
        response.changes = changes
        response.warnings = prepared.warnings
        if request.verb == "reload" { response.changes += prepared.files.map(\.change) }
        response.affected = UInt64(changes.count { $0.effect == "live" })
        response.message =
            switch request.verb {
            case "set":
                changes.isEmpty
                    ? "nothing differs"
                    : "set \(request.id) to \(request.arguments["value"] ?? "") until the next reload"
            default: Self.summary(request.verb, changes, isRehearsal)
            }
        if request.verb == "reload", !prepared.files.isEmpty {
            response.message += "; read again: \(Self.list(prepared.files.map(\.summary)))"
        }
        return response
    }

    private static func summary(_ verb: String, _ changes: [AdminV1.Change], _ isRehearsal: Bool) -> String {
        let restart = changes.filter { $0.effect == "restart" }.map(\.key)
        let live = changes.filter { $0.effect == "live" }.map(\.key)
        let others = self.others(changes, isDone: verb == "reload" && !isRehearsal)
        if restart.isEmpty, live.isEmpty {
            // What is in the files may have changed nevertheless: a reload takes it, whether or not a key differs.
            switch (verb, isRehearsal) {
            case ("check", _): return "valid, and what is running\(others)"
            case ("reload", _): return "no key differs\(others)"
            default: return "no key differs; a reload reads certificates, users and rules again\(others)"
            }
        }
        let outcome =
            verb == "reload"
            ? (isRehearsal ? "would apply" : "applied")
            : verb == "check" ? "valid; a reload applies" : "a reload applies"
        return
            "\(outcome) \(self.counted(live)), \(self.counted(restart)) \(restart.count == 1 ? "needs" : "need") a restart\(others)"
    }

    /// Of queues, what a reload leaves as it is.
    private static func others(_ changes: [AdminV1.Change], isDone: Bool) -> String {
        let kept = changes.count { $0.effect == "kept" && !$0.to.isEmpty }
        let refused = changes.count { $0.effect == "rejected" }
        var text = ""
        if kept > 0 {
            let keys =
                kept == 1
                ? "1 key of a queue keeps its stored value" : "\(kept) keys of queues keep their stored values"
            text += "; \(keys): reload --apply-queues takes the file's"
        }
        if refused > 0 {
            let verb = isDone ? (refused == 1 ? "was" : "were") : "would be"
            text += "; \(refused) \(refused == 1 ? "queue" : "queues") \(verb) refused"
        }
        return text
    }

    /// `2 (log.level, limits.ban_failures)`.
    private static func counted(_ keys: [String]) -> String {
        keys.isEmpty ? "0" : "\(keys.count) (\(self.list(keys)))"
    }

    /// Few enough for a line of a log.
    private static func list(_ items: [String]) -> String {
        let shown = items.prefix(10).joined(separator: ", ")
        return items.count > 10 ? "\(shown) and \(items.count - 10) more" : shown
    }

    private static func badConfig(_ error: ConfigError) -> RPCError.Detail {
        var detail = AdminV1.ErrorDetail()
        detail.code = "bad_config"
        detail.kind = .config
        detail.id = error.key ?? ""
        detail.hint = error.suggestion ?? ""
        return RPCError.Detail(type: AdminV1.ErrorDetail.protoName, value: detail.serialized())
    }
}
