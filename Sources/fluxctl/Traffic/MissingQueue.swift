import AdminAPI
import CommandSpec

/// Says so when `pub` or `sub` names a queue that is not there: the broker makes an ephemeral one, and a mistyped name goes unnoticed.
///
/// Only the admin plane knows. Where there is none, or it is another broker's, nothing is said.
enum MissingQueue {
    /// For as long as somebody who publishes wants to wait for advice.
    private static let patience: Duration = .seconds(1)

    static func warn(_ queue: String, _ arguments: Arguments, _ endpoint: Endpoint, _ console: Console) {
        // The broker refuses a dead-letter queue of nothing by itself.
        if queue.isEmpty || queue.hasPrefix("$") { return }
        guard let admin = try? self.admin(arguments, endpoint), self.isSame(admin, endpoint) else { return }
        do throws(Failure) {
            _ = try admin.get(.queue, id: queue)
        } catch {
            guard error.exit == .notFound else { return }
            console.note(
                "warning: there was no queue \"\(queue)\": the broker makes an ephemeral one, which ends when nobody uses it"
            )
            for hint in error.hints { console.note("  \(hint)") }
            console.note("  fluxctl queue add \(queue) makes one that stays")
        }
    }

    private static func admin(_ arguments: Arguments, _ endpoint: Endpoint) throws(Failure) -> (any AdminAsking)? {
        var target = AdminTarget(timeout: self.patience)
        if let context = endpoint.context, let url = context.admin {
            (target.url, target.source) = (url, "context \(context.name)")
        } else if !self.isLocal(endpoint.host) {
            return nil
        }
        return try Surroundings.current.connect(target)
    }

    private static func isLocal(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }

    /// Several brokers may run on one machine: it has to be the one that listens there.
    private static func isSame(_ admin: any AdminAsking, _ endpoint: Endpoint) -> Bool {
        var query = AdminV1.Query()
        query.kind = .listener
        query.fields = ["id", "address"]
        guard let rows = try? admin.list(query).rows else { return false }
        return rows.contains { row in
            guard case .listener(let listener)? = row.row else { return false }
            return listener.address.split(separator: ":").last == Substring(String(endpoint.port))
        }
    }
}
