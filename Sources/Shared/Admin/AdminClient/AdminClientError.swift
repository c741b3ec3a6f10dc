package import AdminAPI
import Protobuf
package import RPC

/// Why fluxctl or fluxtop got no answer, in words for who typed the command.
package enum AdminClientError: Error, Equatable, CustomStringConvertible {
    /// A place that discovery looked at.
    package struct Tried: Equatable, Sendable {
        package var path: String
        /// There may be a socket, in a directory that this user may not look into.
        package var isForbidden: Bool

        package init(path: String, isForbidden: Bool) {
            self.path = path
            self.isForbidden = isForbidden
        }
    }

    /// The address that the user gave is none.
    case badEndpoint(String)
    /// Nobody said where the daemon is, and it is in none of the usual places.
    case notFound(tried: [Tried])
    /// No connection, or it was lost before the answer.
    case unreachable(AdminEndpoint, reason: String)
    /// No answer in time.
    case timedOut(String)
    /// The daemon's answer is no. What it says about it for programs, when it says so.
    case refused(RPCError, AdminV1.ErrorDetail?)
    /// The caller's stop descriptor became readable.
    case interrupted

    package var description: String {
        switch self {
        case .badEndpoint(let message): message
        case .notFound: "no fluxd found"
        case .unreachable(let endpoint, let reason): "cannot reach fluxd at \(endpoint): \(reason)"
        case .timedOut(let message): message
        case .refused(let error, _): error.message.isEmpty ? error.code.name : error.message
        case .interrupted: "interrupted"
        }
    }

    /// What to do about it; nil when that is plain.
    package var hint: String? {
        switch self {
        case .notFound(let tried):
            let list = tried.map { $0.path + ($0.isForbidden ? " (permission denied)" : "") }.joined(separator: ", ")
            return "tried \(list); start fluxd, or say where it is with --admin or $FLUXMQ_ADMIN"
        case .unreachable(let endpoint, let reason): return AdminClientError.hint(endpoint, reason)
        case .refused(_, let detail?) where !detail.hint.isEmpty: return "did you mean '\(detail.hint)'?"
        case .badEndpoint, .timedOut, .refused, .interrupted: return nil
        }
    }

    private static func hint(_ endpoint: AdminEndpoint, _ reason: String) -> String? {
        guard case .unix = endpoint.place else {
            return reason == SocketFailure.refused
                ? "is fluxd running there, with its HTTP listener on this port?" : nil
        }
        switch reason {
        case SocketFailure.refused: return "the socket is there and nobody listens: fluxd is not running"
        case SocketFailure.missing: return "there is no such socket: is fluxd running?"
        case SocketFailure.forbidden: return "this user may not use the socket: ask to join the group that owns it"
        default: return nil
        }
    }

    /// What ended a call, given why the connection is not there.
    init(_ error: RPCError, endpoint: AdminEndpoint, connectionFailure: String?) {
        switch (error.code, connectionFailure) {
        case (.unavailable, let reason?): self = .unreachable(endpoint, reason: reason)
        case (.deadlineExceeded, let reason?): self = .unreachable(endpoint, reason: reason)
        case (.deadlineExceeded, nil): self = .timedOut(error.message)
        default:
            let detail = error.details.first { $0.type == AdminV1.ErrorDetail.protoName }
            self = .refused(error, detail.flatMap { try? AdminV1.ErrorDetail(serialized: $0.value) })
        }
    }
}
