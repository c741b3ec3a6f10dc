import AdminAPI
import CommandSpec
import Protobuf
import Terminal

/// `ls` of any kind.
struct ListRun {
    private let invocation: AdminInvocation
    private let resource: Resource
    private let columns: [Int]
    private let query: AdminV1.Query
    private let parents: [Parent]

    /// What rows are listed of: that it is not there is no empty list.
    struct Parent {
        let kind: AdminV1.Kind
        let id: String
    }

    private var arguments: Arguments { self.invocation.arguments }
    private var console: Console { self.invocation.console }

    /// - Parameters:
    ///   - filter: What the command itself asks for, besides --filter.
    ///   - sort: The order without --sort.
    ///   - limit: Rows without --limit and --all.
    ///   - parents: What has to be there, the largest first: a queue, then its group.
    static func main(
        _ invocation: AdminInvocation,
        _ resource: Resource,
        filter: String = "",
        sort: String = "",
        limit: UInt32 = 0,
        of parents: [Parent] = []
    ) throws(Failure) -> ExitCode {
        let run = try ListRun(invocation, resource, filter: filter, sort: sort, limit: limit, parents)
        if let interval = invocation.arguments[ListFlags.watch] {
            return try run.watch(every: interval)
        }
        return try run.list()
    }

    private init(
        _ invocation: AdminInvocation,
        _ resource: Resource,
        filter: String,
        sort: String,
        limit: UInt32,
        _ parents: [Parent]
    ) throws(Failure) {
        self.parents = parents
        self.invocation = invocation
        self.resource = resource
        self.columns = try invocation.columns(resource.type)
        let arguments = invocation.arguments
        if arguments[ListFlags.all] {
            for flag in [ListFlags.limit, ListFlags.watch] as [any AnyFlag] where arguments.isGiven(flag) {
                throw .usage(invocation.command, "--all has no meaning with --\(flag.spec.name)")
            }
        }
        var query = AdminV1.Query()
        query.kind = resource.kind
        query.filter = both(filter, arguments[ListFlags.filter])
        query.sort = arguments[ListFlags.sort] ?? sort
        query.limit = arguments[ListFlags.all] ? 10_000 : UInt32(arguments[ListFlags.limit] ?? Int(limit))
        query.cursor = arguments[ListFlags.cursor] ?? ""
        query.fields = Self.fields(resource.type, self.columns, invocation.console.format)
        self.query = query
    }

    /// Names of the fields to ask for; none asks for all. What nobody will see need not be worked out.
    private static func fields(_ type: RowType, _ columns: [Int], _ format: OutputFormat) -> [String] {
        switch format {
        case .name: ["id"]
        case .template: []
        default: columns.count == type.columns.count ? [] : columns.map { type.columns[$0].name }
        }
    }

    private func list() throws(Failure) -> ExitCode {
        let admin = try self.invocation.connect()
        var writer = ListWriter(self.console, self.resource.type, columns: self.columns)
        var query = self.query
        while true {
            let response = try admin.list(query)
            if response.rows.isEmpty { try self.findParents(admin) }
            try writer.begin(
                ListHead(
                    node: response.node,
                    at: response.at ?? currentTime(),
                    total: response.total,
                    totalMatched: response.totalMatched,
                    totals: response.totals.flatMap(self.resource.record)
                )
            )
            for row in response.rows {
                if let record = self.resource.record(row) { try writer.add(record) }
            }
            if self.arguments[ListFlags.all], !response.nextCursor.isEmpty, !response.rows.isEmpty {
                query.cursor = response.nextCursor
                continue
            }
            try writer.end(next: response.nextCursor)
            if !response.nextCursor.isEmpty, self.console.format != .json {
                self.sayCut(shown: writer.written, of: response.totalMatched)
            }
            return .success
        }
    }

    /// - Throws: With what was probably meant, for the first that is not there.
    private func findParents(_ admin: any AdminAsking) throws(Failure) {
        for parent in self.parents { _ = try admin.get(parent.kind, id: parent.id) }
    }

    private func sayCut(shown: Int, of matched: UInt64) {
        let hint = self.arguments.isGiven(ListFlags.limit) ? "" : "; --all shows the rest"
        let counts = "\(Quantity.exact(UInt64(shown))) of \(Quantity.exact(matched))"
        self.console.note("\(counts) \(self.resource.type.plural)\(hint)")
    }

    private func watch(every interval: Duration) throws(Failure) -> ExitCode {
        let format = self.console.format
        if format == .json || format == .name {
            throw .usage(
                self.invocation.command,
                "--watch has no meaning with -o \(format.rawValue)",
                hint: "use -o jsonl: a line for each row that is new or changed"
            )
        }
        guard interval >= .milliseconds(200), interval <= .seconds(60) else {
            throw .usage(self.invocation.command, "--watch takes 200ms to 1m, not \(interval.short)")
        }
        if self.arguments.isGiven(ListFlags.cursor) {
            throw .usage(self.invocation.command, "--cursor has no meaning with --watch")
        }
        var request = AdminV1.WatchRequest()
        request.query = self.query
        request.intervalMs = UInt32(interval.inSeconds * 1_000)
        var view = WatchView(self.console, self.resource, columns: self.columns, interval: interval)
        let admin = try self.invocation.connect()
        try self.findParents(admin)
        try admin.watch(request) { (response) throws(Failure) -> Bool in
            try view.show(response)
            return true
        }
        return .success
    }
}

/// Two filters that must both match. Either may have an | of its own, which binds less than what joins them.
func both(_ first: String, _ second: String?) -> String {
    guard let second, !second.isEmpty else { return first }
    return first.isEmpty ? second : "(\(first)) (\(second))"
}
