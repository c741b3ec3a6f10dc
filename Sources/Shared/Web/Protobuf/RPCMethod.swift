/// One method of a service: where it is called and with what.
public struct RPCMethod<Request: Message, Response: Message>: Sendable {
    /// `/fluxmq.admin.v1.Admin/List`.
    public let path: String
    public let kind: RPCMethodKind

    public init(path: String, kind: RPCMethodKind) {
        self.path = path
        self.kind = kind
    }
}

/// Which side of a call sends many messages.
public enum RPCMethodKind: Sendable, Equatable {
    case unary, serverStreaming, clientStreaming, bidirectional
}
