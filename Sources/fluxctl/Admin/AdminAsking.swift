import AdminAPI

/// What commands ask of the admin plane. The real one is ``AdminPlane``; tests have one that follows a script.
protocol AdminAsking {
    func hello() throws(Failure) -> AdminV1.HelloResponse
    func list(_ query: AdminV1.Query) throws(Failure) -> AdminV1.ListResponse
    func get(_ kind: AdminV1.Kind, id: String) throws(Failure) -> AdminV1.GetResponse
    func perform(_ request: AdminV1.DoRequest) throws(Failure) -> AdminV1.DoResponse

    /// Hands over each answer, until the time is up or `each` says that it has had enough.
    func watch(_ request: AdminV1.WatchRequest, _ each: @escaping (AdminV1.WatchResponse) throws(Failure) -> Bool)
        throws(Failure)
    func events(_ request: AdminV1.EventsRequest, _ each: @escaping (AdminV1.EventsResponse) throws(Failure) -> Bool)
        throws(Failure)
    func log(_ request: AdminV1.LogRequest, _ each: @escaping (AdminV1.LogResponse) throws(Failure) -> Bool)
        throws(Failure)
}

/// Which admin plane to ask, and how patiently.
struct AdminTarget: Sendable {
    /// `unix:/run/fluxmq/admin.sock`; nil for the usual places.
    var url: String?
    /// Who named it, for messages: `--admin`, `context prod`.
    var source: String?
    /// For one question; a stream ends then. Nil is the client's own patience, and no end.
    var timeout: Duration?
    /// Told when a stream has lost the broker and waits for it.
    var onLoss: @Sendable (String) -> Void = { _ in }
}
