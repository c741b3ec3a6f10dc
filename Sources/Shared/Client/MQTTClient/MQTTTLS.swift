/// How a client's connection is secured, and whom it trusts.
public struct MQTTTLS: Equatable, Sendable {
    /// PEM: what the broker's certificate must lead to; nil for what the system trusts.
    public var caFile: String?
    /// PEM: shown to a broker that asks who the client is, with the issuers that lead to a root.
    public var certificateFile: String?
    /// PEM: the private key of `certificateFile`; nil when that file holds it as well.
    public var keyFile: String?
    /// The name that the broker's certificate must have; nil for the configuration's host.
    public var serverName: String?
    /// Talks to anybody, whatever certificate they show: for tests.
    public var isInsecure = false

    public init() {}
}
