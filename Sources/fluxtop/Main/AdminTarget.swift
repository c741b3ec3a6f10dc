import AdminClient
import CommandSpec

/// Which daemon is asked: the one that was named, or whichever is found at each attempt.
struct AdminTarget {
    private let named: AdminEndpoint?
    private let environment: [String: String]

    /// - Parameter text: Of `--admin`.
    init(_ text: String?, _ environment: [String: String]) throws(UsageError) {
        self.environment = environment
        do throws(AdminClientError) {
            let variable = environment["FLUXMQ_ADMIN"] ?? ""
            if let text {
                self.named = try AdminEndpoint(parsing: text, source: "--admin")
            } else {
                self.named = variable.isEmpty ? nil : try AdminEndpoint(parsing: variable, source: "$FLUXMQ_ADMIN")
            }
        } catch {
            throw UsageError(error.description, hints: (error.hint.map { [$0] } ?? []) + ["see: fluxtop --help"])
        }
    }

    /// - Throws: ``AdminClientError/notFound(tried:)``: the daemon may be started later.
    func endpoint() throws(AdminClientError) -> AdminEndpoint {
        if let named = self.named { return named }
        return try AdminEndpoint.discover(variable: { self.environment[$0] })
    }

    /// As the header has it: the host that is asked, or that it is this one.
    var name: String {
        guard case .tcp(let host, _) = self.named?.place else { return "local" }
        return host
    }

    var description: String {
        if let named = self.named { return named.description }
        return (try? self.endpoint())?.description ?? ""
    }
}
