package import AdminAPI
import Protobuf
import Query
package import RPC

/// Changes: checked here, done by the backend, and noted in the audit events whatever became of them.
extension AdminService {
    /// Rows that one call may change.
    package static let maximumTargets = 100_000
    /// Ids that an answer names.
    package static let namedTargets = 100
    /// Changes of settings that an audit event names.
    private static let namedChanges = 32
    private static let maximumReasonBytes = 1_024
    /// Verbs that are about a kind as a whole and take neither id nor filter.
    private static let wholeVerbs: [AdminV1.Kind: Set<String>] = [.config: ["check", "diff", "reload"]]

    /// Verbs that make the row that their id names: it need not be there before.
    private static let makingVerbs: [AdminV1.Kind: Set<String>] = [
        .ban: ["add"], .queue: ["add"], .group: ["add"],
    ]

    package func `do`(
        _ request: AdminV1.DoRequest,
        by caller: Caller,
        _ answer: @escaping (Result<AdminV1.DoResponse, RPCError>) -> Void
    ) {
        let audited: (Result<AdminV1.DoResponse, RPCError>) -> Void = { result in
            self.audit(request, by: caller, result)
            answer(result)
        }
        do throws(RPCError) {
            let table = try self.check(request, by: caller)
            if AdminService.isWhole(request) {
                self.perform(request, on: [], by: caller, audited)
            } else if AdminService.isMaking(request) {
                self.perform(request, on: [request.id], by: caller, audited)
            } else if request.id.isEmpty {
                try self.resolve(request, table) { self.perform(request, $0, by: caller, audited) }
            } else {
                self.row(request.kind, id: request.id) { result in
                    let ids = result.flatMap { row -> Result<[String], RPCError> in
                        if request.ifVersion.isEmpty || request.ifVersion == row.version {
                            return .success([request.id])
                        }
                        let message =
                            "\(table.singular) \"\(request.id.echo)\" has changed: its version is \(row.version.echo) by now"
                        return .failure(
                            RPCError(.aborted, message, .versionChanged, kind: request.kind, id: request.id)
                        )
                    }
                    self.perform(request, ids, by: caller, audited)
                }
            }
        } catch {
            audited(.failure(error))
        }
    }

    private static func isWhole(_ request: AdminV1.DoRequest) -> Bool {
        self.wholeVerbs[request.kind]?.contains(request.verb) == true
    }

    private static func isMaking(_ request: AdminV1.DoRequest) -> Bool {
        self.makingVerbs[request.kind]?.contains(request.verb) == true
    }

    /// What can be said without looking at any row.
    private func check(_ request: AdminV1.DoRequest, by caller: Caller) throws(RPCError) -> KindTable {
        guard caller.canChange else {
            let message = "\(caller.identity) may only read; use the admin socket"
            throw RPCError(.permissionDenied, message, .readOnly, hint: "use the admin socket")
        }
        let table = try KindTable.served(request.kind, by: self.info)
        let verbs = self.info.kinds.first { $0.kind == request.kind }?.verbs ?? []
        guard verbs.contains(request.verb) else {
            var search = NearestText(to: request.verb)
            for verb in verbs { search.consider(verb) }
            let known = verbs.isEmpty ? "no verbs" : "the verbs \(verbs.joined(separator: ", "))"
            let message = "\(table.plural) have \(known), not \"\(request.verb.echo)\""
            throw RPCError(.invalidArgument, message, .unknownVerb, kind: request.kind, hint: search.best)
        }
        guard request.reason.utf8.count <= AdminService.maximumReasonBytes else {
            let message = "reason is longer than \(AdminService.maximumReasonBytes) bytes"
            throw RPCError(.invalidArgument, message, .badRequest, kind: request.kind)
        }
        let hasFilter = request.filter.contains { !$0.isWhitespace }
        if AdminService.isWhole(request) {
            guard request.id.isEmpty, !hasFilter, request.ifVersion.isEmpty else {
                let message = "\(request.verb) is about all \(table.plural): it takes no id, filter or if_version"
                throw RPCError(.invalidArgument, message, .badRequest, kind: request.kind)
            }
            return table
        }
        if AdminService.isMaking(request) {
            guard !request.id.isEmpty, !hasFilter, request.ifVersion.isEmpty else {
                let message = "\(request.verb) takes the id of a new \(table.singular), and no filter or if_version"
                throw RPCError(.invalidArgument, message, .badRequest, kind: request.kind)
            }
            return table
        }
        guard request.id.isEmpty == hasFilter else {
            let message =
                hasFilter ? "id and filter exclude each other" : "say which \(table.plural): id or filter is missing"
            throw RPCError(.invalidArgument, message, .badRequest, kind: request.kind)
        }
        guard request.ifVersion.isEmpty || !request.id.isEmpty else {
            throw RPCError(.invalidArgument, "if_version goes with id", .badRequest, kind: request.kind)
        }
        return table
    }

    /// The ids of the rows that the filter matches now.
    private func resolve(
        _ request: AdminV1.DoRequest,
        _ table: KindTable,
        _ answer: @escaping (Result<[String], RPCError>) -> Void
    ) throws(RPCError) {
        let scan = Scan(
            kind: table.kind,
            filter: try table.filter(request.filter),
            limit: AdminService.maximumTargets,
            now: self.clocks.wall().nanosecondsSince1970
        )
        try self.beginLook()
        self.backend.scan(scan) { scan in
            guard scan.matched <= AdminService.maximumTargets else {
                self.endLook()
                let message =
                    "the filter matches \(scan.matched) \(table.plural); at most \(AdminService.maximumTargets) at a time"
                return answer(.failure(RPCError(.resourceExhausted, message, .tooMany, kind: table.kind)))
            }
            let keys = scan.page(fingerprint: 0).keys
            self.backend.rows(table.kind, keys, fields: [table.idField]) { rows in
                self.endLook()
                answer(.success(rows.map(\.id)))
            }
        }
    }

    private func perform(
        _ request: AdminV1.DoRequest,
        _ ids: Result<[String], RPCError>,
        by caller: Caller,
        _ answer: @escaping (Result<AdminV1.DoResponse, RPCError>) -> Void
    ) {
        switch ids {
        case .failure(let error): answer(.failure(error))
        case .success(let targets) where targets.isEmpty:
            var response = AdminV1.DoResponse()
            response.dryRun = request.dryRun
            response.message = "no \(KindTable.of(request.kind)?.singular ?? "row") matches"
            answer(.success(response))
        case .success(let targets): self.perform(request, on: targets, by: caller, answer)
        }
    }

    private func perform(
        _ request: AdminV1.DoRequest,
        on targets: [String],
        by caller: Caller,
        _ answer: @escaping (Result<AdminV1.DoResponse, RPCError>) -> Void
    ) {
        let completed: (Result<AdminV1.DoResponse, RPCError>) -> Void = { result in
            answer(
                result.map { response in
                    var response = response
                    response.dryRun = request.dryRun
                    response.ids = Array(response.ids.prefix(AdminService.namedTargets))
                    return response
                }
            )
        }
        if request.dryRun {
            self.backend.rehearse(request, on: targets, completed)
        } else {
            self.backend.perform(request, on: targets, by: caller.identity, completed)
        }
    }

    /// Arguments are left out: a verb may take a secret.
    private func audit(
        _ request: AdminV1.DoRequest,
        by caller: Caller,
        _ result: Result<AdminV1.DoResponse, RPCError>
    ) {
        var event = AdminV1.Event()
        event.kind = "admin.do"
        event.at = self.clocks.wall()
        event.node = self.info.node
        event.identity = caller.identity
        event.subject = request.id.isEmpty ? request.filter : request.id
        event.attributes = ["kind": request.kind.name, "verb": request.verb]
        if !event.subject.isEmpty { event.attributes[request.id.isEmpty ? "filter" : "id"] = event.subject }
        if request.dryRun { event.attributes["dry_run"] = "true" }
        if !request.reason.isEmpty { event.attributes["reason"] = request.reason }
        switch result {
        case .success(let response):
            event.level = .notice
            event.text = "\(request.verb) \(request.kind.name): \(response.message)"
            event.attributes["result"] = "ok"
            event.attributes["affected"] = String(response.affected)
            if !response.changes.isEmpty { event.attributes["changes"] = AdminService.text(of: response.changes) }
        case .failure(let error):
            event.level = .warning
            event.text = "\(request.verb) \(request.kind.name): \(error.message)"
            event.attributes["result"] = error.code.name
        }
        let kept = self.eventRing.append(event)
        self.onAudit?(kept)
    }

    /// `log.level: info -> debug; server.shards: 2 -> 4 (restart)`, of long lists the beginning.
    private static func text(of changes: [AdminV1.Change]) -> String {
        let shown = changes.prefix(self.namedChanges).map { change in
            let effect = change.effect == "live" ? "" : " (\(change.effect))"
            return "\(change.key): \(change.from.echo) -> \(change.to.echo)\(effect)"
        }
        let more = changes.count > shown.count ? ["\(changes.count - shown.count) more"] : []
        return (shown + more).joined(separator: "; ")
    }
}
