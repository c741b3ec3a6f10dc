import Blocking
import MQTTClient
import MQTTWire
import Machine
import Terminal

/// How far one try at an endpoint came, and how long each step took in nanoseconds.
struct PingOutcome: Equatable, Sendable {
    var address: String?
    var lookUp: UInt64?
    var transport: UInt64?
    var tls: UInt64?
    var webSocket: UInt64?
    var connect: UInt64?
    var roundTrip: UInt64?
    var failure: Failure?
}

/// One try at an endpoint, step by step over one connection. Blocks, so that a step's time is that of the step.
struct PingProbe: Sendable {
    let endpoint: Endpoint
    let clientID: String
    let password: [UInt8]?
    /// For all steps together.
    let patience: Duration

    func run() -> PingOutcome {
        var outcome = PingOutcome()
        do throws(Failure) {
            try self.run(&outcome)
        } catch {
            outcome.failure = error
        }
        return outcome
    }

    private func run(_ outcome: inout PingOutcome) throws(Failure) {
        // One of its own for each try, or a later one would resume the TLS session of an earlier.
        let transport = try self.endpoint.transport()
        let deadline = monotonicTime() + self.patience.nanoseconds
        var start = monotonicTime()
        let addresses = try NetworkAddress.lookUp(self.endpoint.host, self.endpoint.port, until: deadline)
        outcome.lookUp = monotonicTime() - start
        var problem = "no address"
        for address in addresses {
            outcome.address = address.text
            start = monotonicTime()
            do throws(Failure) {
                let line = try BlockingLine(address, until: deadline)
                outcome.transport = monotonicTime() - start
                try self.open(line, transport, &outcome)
                return try self.speak(line, &outcome)
            } catch {
                if outcome.transport != nil { throw error }
                problem = error.message
            }
        }
        throw Failure(.unreachable, "cannot connect to \(self.endpoint.address): \(problem)")
    }

    private func open(
        _ line: BlockingLine,
        _ transport: ClientTransport,
        _ outcome: inout PingOutcome
    ) throws(Failure) {
        var start = monotonicTime()
        var (tls, webSocket) = (UInt64?.none, UInt64?.none)
        defer { (outcome.tls, outcome.webSocket) = (tls, webSocket) }
        try line.open(transport, at: self.endpoint) { facts in
            let now = monotonicTime()
            if facts.tls != nil, tls == nil {
                tls = now - start
                start = now
            }
            if facts.isWebSocket { webSocket = now - start }
        }
    }

    private func speak(_ line: BlockingLine, _ outcome: inout PingOutcome) throws(Failure) {
        let version: MQTTVersion = self.endpoint.version == .v5 ? .v5 : .v3_1_1
        var start = monotonicTime()
        try line.send(
            MQTTConnect(
                version: version,
                clientID: self.clientID,
                username: self.endpoint.user,
                password: self.password
            ).encoded()
        )
        guard case .connack(let answer) = try line.receive(version) else {
            throw Failure(.failed, "\(self.endpoint.address) did not answer CONNECT with CONNACK")
        }
        outcome.connect = monotonicTime() - start
        try self.check(answer.reason, "the broker refused the connection")
        // One for all, so that pings leave no trail of topics behind them.
        let topic = Array("fluxmq/ping".utf8)
        let own = withUnsafeBytes(of: UInt64.random(in: 0 ... .max)) { Array($0) }
        let subscription = MQTTSubscription(filter: topic, qos: 0)
        try line.send(MQTTSubscribe(packetID: 1, filters: [subscription]).encoded(version))
        while true {
            // Another ping's message may come first.
            guard case .suback(let answer) = try line.receive(version) else { continue }
            for reason in answer.reasons { try self.check(reason, "the broker refused the subscription") }
            break
        }
        start = monotonicTime()
        try line.send(MQTTPublish(topic: topic, payload: own).encoded(version))
        while true {
            if case .publish(let message) = try line.receive(version), message.payload == own { break }
        }
        outcome.roundTrip = monotonicTime() - start
        try line.send(MQTTDisconnect().encoded(version))
    }

    private func check(_ reason: MQTTReasonCode, _ what: String) throws(Failure) {
        guard reason.isError else { return }
        throw Failure(
            MQTTReason(code: reason.rawValue).isAboutRights ? .notPermitted : .failed,
            "\(what): \(reason) (reason code 0x\(hexadecimal(UInt32(reason.rawValue), width: 2)))",
            reasonCode: reason.rawValue
        )
    }
}
