import AdminAPI
import CommandSpec
import Protobuf

/// `show` of any kind: one row, whole.
enum ShowRun {
    /// - Parameter known: Who is asked; nil connects.
    static func main(
        _ invocation: AdminInvocation,
        _ resource: Resource,
        id: String,
        from known: (any AdminAsking)? = nil
    ) throws(Failure) -> ExitCode {
        let columns = try Self.columns(invocation, resource.type)
        let admin: any AdminAsking
        if let known { admin = known } else { admin = try invocation.connect() }
        let response = try admin.get(resource.kind, id: id)
        guard let record = response.row.flatMap(resource.record) else {
            throw try self.otherKind(resource, id, response) ?? noRow(resource.type.name, id)
        }
        try writeObject(
            record,
            resource.type,
            columns: columns,
            head: ListHead(node: response.node, at: response.at ?? currentTime()),
            to: invocation.console
        )
        return .success
    }

    /// A queue of another type was asked for as a stream.
    private static func otherKind(
        _ resource: Resource,
        _ id: String,
        _ response: AdminV1.GetResponse
    ) throws(Failure) -> Failure? {
        guard resource.type.name == Kinds.stream.type.name, case .queue(let queue)? = response.row?.row else {
            return nil
        }
        return Failure(
            .notFound,
            "\"\(id)\" is no stream: it is \(queue.type)",
            hints: ["see: fluxctl queue show \(id)"]
        )
    }

    /// One object has room for all its fields.
    static func columns(_ invocation: AdminInvocation, _ type: RowType) throws(Failure) -> [Int] {
        invocation.arguments.isGiven(ListFlags.columns)
            ? try invocation.columns(type) : Array(type.columns.indices)
    }

    /// The answer that a server must not give, for it has NOT_FOUND.
    static func noRow(_ kind: String, _ id: String) -> Failure {
        Failure(.notFound, "there is no \(kind) \"\(id)\"")
    }
}
