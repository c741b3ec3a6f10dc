import Protobuf
import RPC

/// How a call's messages are written.
struct MessageCodec: Equatable, Sendable {
    enum Format: Sendable { case binary, json }

    var format: Format
    /// What a request that cannot be read is answered: gRPC and Connect differ.
    var unreadable: RPCCode

    static let grpc = MessageCodec(format: .binary, unreadable: .internal)
    static let connectBinary = MessageCodec(format: .binary, unreadable: .invalidArgument)
    static let connectJSON = MessageCodec(format: .json, unreadable: .invalidArgument)

    func decode<M: Message>(_ bytes: [UInt8]) throws(RPCError) -> M {
        do {
            switch self.format {
            case .binary: return try M(serialized: bytes)
            // Connect: an empty body stands for an empty message, in JSON too.
            case .json: return bytes.isEmpty ? M() : try M(json: bytes)
            }
        } catch {
            throw RPCError(self.unreadable, "the request is no \(M.protoName): \(error)")
        }
    }

    func encode(_ message: some Message) -> [UInt8] {
        switch self.format {
        case .binary: message.serialized()
        case .json: message.json()
        }
    }
}
