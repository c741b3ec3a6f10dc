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
            self.isReadingConfig = false
            switch prepared {
            case .failure(let error):
                answer(.failure(RPCError(.invalidArgument, "\(error)", details: [Self.badConfig(error)])))
            case .success(let prepared):
                if !isRehearsal, request.verb == "reload" || request.verb == "set" {
                    self.config = prepared.running
                    prepared.commit()
                }
                answer(.success(Self.response(request, prepared.changes, isRehearsal)))
            }
        }
    }

    private func refusal(of request: AdminV1.DoRequest) -> RPCError? {
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
        _ changes: [AdminV1.Change],
        _ isRehearsal: Bool
    ) -> AdminV1.DoResponse {
        var response = AdminV1.DoResponse()
        response.changes = changes
        response.affected = UInt64(changes.count { $0.effect == "live" })
        response.message =
            switch request.verb {
            case "set":
                changes.isEmpty
                    ? "nothing differs"
                    : "set \(request.id) to \(request.arguments["value"] ?? "") until the next reload"
            default: Self.summary(request.verb, changes, isRehearsal)
            }
        return response
    }

    private static func summary(_ verb: String, _ changes: [AdminV1.Change], _ isRehearsal: Bool) -> String {
        let restart = changes.count { $0.effect == "restart" }
        let live = changes.count - restart
        if changes.isEmpty {
            // What is in the files may have changed nevertheless: a reload takes it, whether or not a key differs.
            switch (verb, isRehearsal) {
            case ("check", _): return "valid, and what is running"
            case ("reload", false): return "no key differs; certificates, users and rules were read again"
            default: return "no key differs; a reload reads certificates, users and rules again"
            }
        }
        let outcome =
            verb == "reload"
            ? (isRehearsal ? "would apply" : "applied")
            : verb == "check" ? "valid; a reload applies" : "a reload applies"
        return "\(outcome) \(live), \(restart) \(restart == 1 ? "needs" : "need") a restart"
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
