import AdminAPI
import Protobuf
import Query
import RPC

/// A query that was understood.
struct QueryPlan {
    static let defaultLimit = 1_000
    static let maximumLimit = 10_000
    private static let maximumFields = 100
    /// Two ids of 64 KiB in base64, and a little: more is no cursor of ours.
    private static let maximumCursorBytes = 512 << 10

    let table: KindTable
    /// Numbers of the fields that rows are wanted with; nil for all.
    let fields: Set<Int>?
    let fingerprint: UInt64
    private let filter: FieldFilter
    private let order: SortOrder
    private let sums: [Field]
    /// Rows of a page at most.
    let limit: Int
    private let after: PageCursor?

    init(_ query: AdminV1.Query, _ info: AdminV1.HelloResponse) throws(RPCError) {
        let table = try KindTable.served(query.kind, by: info)
        self.table = table
        self.filter = try table.filter(query.filter)
        do throws(FilterError) {
            self.order = try SortOrder(parsing: query.sort, for: table.table)
        } catch {
            throw RPCError(error, in: "sort", .badSort, kind: query.kind)
        }
        guard query.limit <= QueryPlan.maximumLimit else {
            throw RPCError(.invalidArgument, "limit is 1 to \(QueryPlan.maximumLimit), not \(query.limit)", .badRequest)
        }
        self.limit = query.limit == 0 ? QueryPlan.defaultLimit : Int(query.limit)
        let fields = try QueryPlan.numbers(of: query.fields, table)
        self.fields = fields
        let sums = table.summable.filter { fields?.contains($0.number) ?? true }
        self.sums = query.skipTotals ? [] : sums
        let fingerprint = PageCursor.fingerprint(table.name, query.filter, query.sort)
        self.fingerprint = fingerprint
        if query.cursor.isEmpty {
            self.after = nil
            return
        }
        guard query.cursor.utf8.count <= QueryPlan.maximumCursorBytes, let bytes = Base64.decode(query.cursor),
            let cursor = PageCursor(bytes: bytes, sortedBy: self.order), cursor.fingerprint == fingerprint
        else {
            let message =
                "the cursor does not belong to this query; go on with the same kind, filter and sort, or start anew"
            throw RPCError(.invalidArgument, message, .badCursor, kind: query.kind)
        }
        self.after = cursor
    }

    private static func numbers(of names: [String], _ table: KindTable) throws(RPCError) -> Set<Int>? {
        if names.isEmpty { return nil }
        guard names.count <= QueryPlan.maximumFields else {
            throw RPCError(.invalidArgument, "more than \(QueryPlan.maximumFields) fields", .badRequest)
        }
        var numbers: Set<Int> = [table.idField]
        for name in names {
            guard let field = table.descriptors.first(where: { $0.name == name }) else {
                var search = NearestText(to: name)
                for field in table.descriptors { search.consider(field.name) }
                let message = "fields: \(table.plural) have no field \"\(name.echo)\""
                throw RPCError(.invalidArgument, message, .unknownField, kind: table.kind, hint: search.best)
            }
            numbers.insert(field.number)
        }
        return numbers
    }

    func scan(now: Int64) -> Scan {
        Scan(
            kind: self.table.kind,
            filter: self.filter,
            order: self.order,
            summing: self.sums,
            limit: self.limit,
            after: self.after,
            now: now
        )
    }
}

extension KindTable {
    /// The kind's table, if the server has rows of it.
    static func served(_ kind: AdminV1.Kind, by info: AdminV1.HelloResponse) throws(RPCError) -> KindTable {
        guard kind != .unspecified else { throw RPCError(.invalidArgument, "kind is missing", .badRequest) }
        if let table = KindTable.of(kind), info.kinds.contains(where: { $0.kind == kind }) { return table }
        let wanted = KindTable.of(kind)?.plural ?? "rows of kind \(kind.name)"
        let others = info.kinds.compactMap { KindTable.of($0.kind)?.plural }
        let message = "this server has no \(wanted); it has \(others.joined(separator: ", "))"
        throw RPCError(.unimplemented, message, .unknownKind, kind: kind)
    }

    func filter(_ text: String) throws(RPCError) -> FieldFilter {
        let filter: FieldFilter
        do throws(FilterError) {
            filter = try FieldFilter(parsing: text, for: self.table)
        } catch {
            throw RPCError(error, in: "filter", .badFilter, kind: self.kind)
        }
        if let required = self.requiredField, filter.text(requiredOf: required.number) == nil {
            let message =
                "\(self.plural) are those of one \(required.name): begin the filter with \(required.name)=NAME"
            throw RPCError(.invalidArgument, message, .badFilter, kind: self.kind, hint: "\(required.name)=")
        }
        return filter
    }
}
