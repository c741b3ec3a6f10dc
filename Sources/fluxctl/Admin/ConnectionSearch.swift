import AdminAPI
import CommandSpec

/// `fluxctl conn show`: people know a client's identifier, and programs the connection's id.
enum ConnectionSearch {
    static func show(_ invocation: AdminInvocation, _ name: String) throws(Failure) -> ExitCode {
        let admin = try invocation.connect()
        if !self.isID(name), let id = try self.id(ofClient: name, admin) {
            return try ShowRun.main(invocation, Kinds.connection, id: id, from: admin)
        }
        do throws(Failure) {
            return try ShowRun.main(invocation, Kinds.connection, id: name, from: admin)
        } catch {
            guard error.exit == .notFound, self.isID(name), let id = try self.id(ofClient: name, admin) else {
                throw error
            }
            return try ShowRun.main(invocation, Kinds.connection, id: id, from: admin)
        }
    }

    /// `c1.812.3`. A client may call itself so too, and is looked for when no connection has the id.
    private static func isID(_ name: String) -> Bool {
        let parts = name.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
        return name.first == "c" && parts.count == 3 && parts.allSatisfy { UInt32($0) != nil }
    }

    /// - Throws: When the client has several connections, as one in several namespaces or in the midst of a takeover may.
    private static func id(ofClient client: String, _ admin: any AdminAsking) throws(Failure) -> String? {
        var query = AdminV1.Query()
        query.kind = .connection
        query.filter = "client_id=\"\(escaped(client, "\"\\"))\""
        query.fields = ["client_id"]
        query.limit = 10
        query.skipTotals = true
        let response = try admin.list(query)
        let ids = response.rows.compactMap { row in
            if case .connection(let connection)? = row.row { connection.id } else { nil }
        }
        guard response.totalMatched > 1 else { return ids.first }
        throw Failure(
            .usage,
            "the client \"\(client)\" has \(response.totalMatched) connections",
            hints: ["name one of them: \(ids.joined(separator: ", "))"]
        )
    }
}
