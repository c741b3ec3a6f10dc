package import RPC

/// Where the answers of a call go that has many of them. Used on the service's loop; after the end, every call is ignored.
package protocol AnswerStream<Answer>: AnyObject {
    associatedtype Answer

    /// Whether the client has taken enough of what was sent for more.
    var hasRoom: Bool { get }
    /// Room has come back.
    var onReady: (() -> Void)? { get set }
    /// The client is gone, or does not want any more. Called once, at once when it is so already.
    var onCancel: (() -> Void)? { get set }

    func send(_ answer: Answer)
    func finish()
    func fail(_ error: RPCError)
}
