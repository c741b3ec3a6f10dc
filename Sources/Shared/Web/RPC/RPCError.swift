/// gRPC's status codes; Connect has the same ones by name. Source: gRPC "Status codes and their use".
package enum RPCCode: Int, CaseIterable, Sendable {
    case ok = 0
    case cancelled, unknown, invalidArgument, deadlineExceeded, notFound, alreadyExists, permissionDenied
    case resourceExhausted, failedPrecondition, aborted, outOfRange, unimplemented, `internal`, unavailable
    case dataLoss, unauthenticated
}

/// How a call ended when it did not end well.
package struct RPCError: Error, Equatable, Sendable {
    /// A message about the error, of a type that both sides know.
    package struct Detail: Equatable, Sendable {
        /// `fluxmq.admin.v1.ErrorDetail`.
        package var type: String
        /// The message, serialized.
        package var value: [UInt8]

        package init(type: String, value: [UInt8]) {
            self.type = type
            self.value = value
        }
    }

    package var code: RPCCode
    /// One sentence for people, without a full stop.
    package var message: String
    package var details: [Detail]

    package init(_ code: RPCCode, _ message: String, details: [Detail] = []) {
        self.code = code
        self.message = message
        self.details = details
    }
}
