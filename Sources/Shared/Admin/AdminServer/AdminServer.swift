import AdminAPI
package import AdminService
package import HTTP
package import Machine
import RPC
import RPCServer

/// The admin service as gRPC and Connect, on whatever listener it is routed to.
///
///     let server = AdminServer(service, timers: machine.timers)
///     machine.serve(listener: 0, site: WebSite(requiresLoopbackHost: false) { server.handler(for: $0, stream: $1) })
///
/// Who may change is decided by how the caller came: a unix socket's file says who may open it, so that is allowed everything; any
/// other way only reads.
package final class AdminServer {
    private let router: RPCRouter

    /// - Parameters:
    ///   - timers: Those of the loop that serves, and of the service.
    ///   - messageLimit: Bytes of a request.
    package init(_ service: AdminService, timers: Timers, messageLimit: Int = 4 << 20) {
        self.router = RPCRouter(timers: timers, messageLimit: messageLimit)
        self.router.describesDetails(of: AdminV1.ErrorDetail.self)
        self.router.unary(AdminV1.AdminMethods.hello, safe: true) { request, context, reply in
            reply(.success(service.hello(request, by: AdminService.Caller(context.peer))))
        }
        self.router.unary(AdminV1.AdminMethods.list, safe: true) { request, _, reply in service.list(request, reply) }
        self.router.unary(AdminV1.AdminMethods.get, safe: true) { request, _, reply in service.get(request, reply) }
        self.router.unary(AdminV1.AdminMethods.series, safe: true) { request, _, reply in
            reply(service.series(request))
        }
        self.router.unary(AdminV1.AdminMethods.do) { request, context, reply in
            service.do(request, by: AdminService.Caller(context.peer), reply)
        }
        self.router.serverStreaming(AdminV1.AdminMethods.watch) { request, stream in service.watch(request, stream) }
        self.router.serverStreaming(AdminV1.AdminMethods.events) { request, stream in service.events(request, stream) }
        self.router.serverStreaming(AdminV1.AdminMethods.log) { request, stream in service.log(request, stream) }
    }

    /// An ``HTTP/HTTPRouter``: nil when the request is not for the admin service.
    package func handler(for head: HTTPRequestHead, stream: any HTTPServerStream) -> HTTPServerHandler? {
        self.router.handler(for: head, stream: stream)
    }
}

@available(*, unavailable)
extension AdminServer: Sendable {}

extension AdminService.Caller {
    /// A unix peer that the kernel does not name may only read: nobody could be held to what it changes.
    package init(_ peer: PeerAddress) {
        switch peer {
        case .unix(let process): self.init(identity: peer.description, canChange: process != nil)
        case .ipv4, .ipv6: self.init(identity: "http \(peer)", canChange: false)
        }
    }
}

extension RPCServerStream: AnswerStream {}
