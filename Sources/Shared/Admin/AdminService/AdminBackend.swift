package import AdminAPI
package import Query
package import RPC

/// Where rows come from and changes go to: the running broker, or a scenario that poses as one.
///
/// All calls come on the service's own loop. Answers are given there too, later and never inline, each exactly once; rows that
/// live on other threads are walked there in slices, so that no shard is held up.
package protocol AdminBackend: AnyObject {
    /// What it is and can do; `identity` and `can_change` are the service's business.
    ///
    /// Node, boot id, kinds and verbs are asked for once, when the service is made: they do not change.
    func hello() -> AdminV1.HelloResponse

    /// Shows every row of the kind to the scan (``Scan/visit(_:_:)``), which remembers what the query wants.
    ///
    /// A scan reads only ``Scan/needs``; whatever else a row has need not be worked out.
    func scan(_ scan: Scan, _ answer: @escaping (Scan) -> Void)

    /// Rows by the keys that a scan found, in their order; those that are gone by now are left out.
    ///
    /// - Parameter fields: Numbers of the fields wanted; nil for all.
    func rows(_ kind: AdminV1.Kind, _ keys: [RowKey], fields: Set<Int>?, _ answer: @escaping ([AdminV1.Row]) -> Void)

    /// The row with an id, with all its fields; nil when there is none.
    func row(_ kind: AdminV1.Kind, id: String, _ answer: @escaping (AdminV1.Row?) -> Void)

    /// Does a verb to rows that exist. The service has checked rights, verb, `if_version` and `dry_run`, which never comes here.
    func perform(
        _ request: AdminV1.DoRequest,
        on ids: [String],
        by identity: String,
        _ answer: @escaping (Result<AdminV1.DoResponse, RPCError>) -> Void
    )

    /// What a verb would do, without doing it: for verbs whose effect is more than "these rows".
    func rehearse(
        _ request: AdminV1.DoRequest,
        on ids: [String],
        _ answer: @escaping (Result<AdminV1.DoResponse, RPCError>) -> Void
    )

    /// Whether somebody watches a kind: then its rates are taken every second, else every ten.
    func watching(_ kinds: Set<AdminV1.Kind>)
}
