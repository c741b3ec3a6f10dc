import Blocking

/// Looks a host up, which may take seconds, on a thread of its own.
///
/// - Parameter completion: Called on that thread with all addresses in the order to try them, or with the reason.
func resolve(
    host: String,
    port: UInt16,
    completion: @escaping @Sendable (Result<[NetworkAddress], MQTTClientError>) -> Void
) {
    startThread {
        completion(
            Result { () throws(LookUpProblem) in try lookUp(host: host, port: port) }
                .mapError { .unreachable("cannot look up \"\(host)\": \($0.reason)") }
        )
    }
}
