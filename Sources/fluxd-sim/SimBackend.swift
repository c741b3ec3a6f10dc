import AdminAPI
import AdminService
import HTTP
import Query
import RPC

/// The posed broker as the admin service sees it. Answers come later, like those of a real one, and as late as a fault says.
final class SimBackend: AdminBackend {
    private let stage: Stage
    private let timers: Timers
    /// Milliseconds; of a fault.
    var delay: UInt64 = 0

    init(_ stage: Stage, timers: Timers) {
        self.stage = stage
        self.timers = timers
    }

    private func later(_ body: @escaping () -> Void) { self.timers.schedule(at: self.timers.now + self.delay, body) }

    func hello() -> AdminV1.HelloResponse {
        var hello = AdminV1.HelloResponse()
        hello.version = self.stage.scenario.version
        hello.node = self.stage.scenario.node
        hello.bootID = self.stage.bootID
        hello.startedAt = self.stage.epoch.advanced(by: -self.stage.scenario.uptime)
        hello.kinds = self.stage.scenario.kinds.map { kind in
            var info = AdminV1.KindInfo()
            info.kind = kind
            info.name = kind.name
            info.verbs = Stage.verbs[kind] ?? []
            return info
        }
        return hello
    }

    func scan(_ scan: Scan, _ answer: @escaping (Scan) -> Void) {
        self.later {
            var scan = scan
            self.stage.cast(scan.kind)?.visit(with: &scan)
            answer(scan)
        }
    }

    func rows(
        _ kind: AdminV1.Kind,
        _ keys: [RowKey],
        fields: Set<Int>?,
        _ answer: @escaping ([AdminV1.Row]) -> Void
    ) {
        // One broker's row is not worth the trouble, and has a field that is a list.
        let fields = kind == .broker ? nil : fields
        // The scan before was late already.
        self.timers.schedule(at: self.timers.now) { answer(self.stage.cast(kind)?.rows(keys, fields: fields) ?? []) }
    }

    func row(_ kind: AdminV1.Kind, id: String, _ answer: @escaping (AdminV1.Row?) -> Void) {
        self.later { answer(self.stage.cast(kind)?.row(id: id)) }
    }

    func perform(
        _ request: AdminV1.DoRequest,
        on ids: [String],
        by identity: String,
        _ answer: @escaping (Result<AdminV1.DoResponse, RPCError>) -> Void
    ) {
        self.later { answer(self.stage.perform(request, on: ids)) }
    }

    func rehearse(
        _ request: AdminV1.DoRequest,
        on ids: [String],
        _ answer: @escaping (Result<AdminV1.DoResponse, RPCError>) -> Void
    ) {
        self.later { answer(self.stage.rehearse(request, on: ids)) }
    }

    /// Rates are there whether somebody watches or not.
    func watching(_ kinds: Set<AdminV1.Kind>) {}
}

@available(*, unavailable)
extension SimBackend: Sendable {}
