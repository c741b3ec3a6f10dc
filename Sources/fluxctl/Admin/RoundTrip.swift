import CommandSpec
import MQTTClient

/// One message from one connection to another, through the broker.
enum RoundTrip {
    /// One for all checks, so that they leave no trail of topics behind them.
    private static let topic = "fluxmq/check/latency"

    /// - Returns: The time from handing the message over to receiving it.
    /// - Throws: also when it did not come back in time.
    static func measure(_ invocation: AdminInvocation) async throws(Failure) -> Duration {
        let arguments = invocation.arguments
        let endpoint = try ConnectionFlags.endpoint(arguments)
        let patience = arguments[GlobalFlags.timeout] ?? .seconds(10)
        var configuration = endpoint.configuration
        configuration.backoff = nil
        configuration.connectTimeout = patience
        configuration.password = try ConnectionFlags.password(arguments, endpoint, command: invocation.command)
        let (sender, receiver) = (MQTTClient(configuration), MQTTClient(configuration))
        // Nothing waits longer than it may: the stream of messages ends when the time is over.
        let alarm = Task {
            try await Task.sleep(for: patience)
            receiver.messages.finish()
        }
        defer { alarm.cancel() }
        do throws(MQTTClientError) {
            try await sender.connect()
            try await receiver.connect()
            let own = withUnsafeBytes(of: UInt64.random(in: 0 ... .max)) { Array($0) }
            let outcomes = try await receiver.subscribe([MQTTFilter(self.topic, qos: .atMostOnce)])
            if case .refused(let reason)? = outcomes.first {
                throw MQTTClientError.rejected(reason, nil)
            }
            let start = ContinuousClock.now
            try await sender.publish(MQTTMessage(topic: self.topic, payload: own, qos: .atMostOnce))
            var arrived = false
            // Another check may run at the same time.
            while !arrived, let batch = try await receiver.messages.nextBatch(upTo: 1) {
                arrived = batch.contains { $0.message.payload == own }
            }
            let time = start.duration(to: .now)
            await sender.disconnect()
            await receiver.disconnect()
            guard arrived else {
                throw MQTTClientError.unreachable("no message came back within \(patience.short)")
            }
            return time
        } catch {
            throw Failure(error, at: endpoint)
        }
    }
}
