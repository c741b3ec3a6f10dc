import Blocking
import Bytes
import Glibc
import MQTTClient
import MQTTWire
import Machine
import Testing
import WebSocketLayer

/// A broker for one connection on loopback: accepts CONNECT, acknowledges SUBSCRIBE, and echoes what is published at QoS 0.
private final class EchoBroker: Sendable {
    let port: UInt16

    /// - Parameter greeting: Written to whoever connects, instead of speaking WebSocket.
    init(path: String, greeting: [UInt8]? = nil) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 1) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        try #require(isBound)
        self.port = UInt16(bigEndian: address.sin_port)
        startThread {
            let stream = accept(listener, nil, nil)
            // Here, and not when the broker goes: that may be before the client comes.
            close(listener)
            defer { close(stream) }
            if let greeting {
                Self.write(greeting, to: stream)
                shutdown(stream, Int32(SHUT_WR))
                _ = Self.read(stream)
            } else {
                Self.serve(stream, WebSocketServerLayer(WebSocketSettings(path: path, maxPayload: 1 << 20)))
            }
        }
    }

    private static func read(_ stream: Int32) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 4_096) { buffer, used in
            used = max(0, recv(stream, buffer.baseAddress, buffer.count, 0))
        }
    }

    private static func write(_ bytes: [UInt8], to stream: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(stream, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count <= 0 { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads in small pieces and answers byte by byte, since frames and packets are not aligned.
    private static func serve(_ stream: Int32, _ layer: WebSocketServerLayer) {
        var (packets, down): ([UInt8], [UInt8]) = ([], [])
        while !layer.hasEnded {
            let bytes = self.read(stream)
            if bytes.isEmpty { return }
            let isGood = (try? layer.received(bytes.span, up: &packets, down: &down)) != nil
            for byte in self.answers(to: &packets) {
                withUnsafePointer(to: byte) { pointer in
                    _ = try? layer.send(UnsafeBufferPointer(start: pointer, count: 1), down: &down)
                }
            }
            self.write(down, to: stream)
            down = []
            if !isGood { return }
        }
    }

    private static func answers(to packets: inout [UInt8]) -> [UInt8] {
        var answers: [UInt8] = []
        while let header = try? mqttFrameHeader(in: packets.span, at: 0), header.totalLength <= packets.count {
            let body = Array(packets[header.headerLength..<header.totalLength])
            switch try? MQTTPacket.decode(header, body.span, version: .v5) {
            case .connect: answers += MQTTConnack(sessionPresent: false).encoded(.v5)
            case .subscribe(let packet):
                answers += MQTTSuback(packetID: packet.packetID, reasons: [.success]).encoded(.v5)
            case .publish: answers += packets[..<header.totalLength]
            case .pingreq: answers += MQTTPing.response
            default: break
            }
            packets.removeFirst(header.totalLength)
        }
        return answers
    }
}

@Suite("A client's transport")
struct TransportTests {
    private func configuration(_ broker: EchoBroker, path: String) -> MQTTClientConfiguration {
        var configuration = MQTTClientConfiguration(host: "127.0.0.1", port: broker.port)
        configuration.webSocketPath = path
        configuration.backoff = nil
        return configuration
    }

    @Test("messages of any size go over WebSocket and back, and the client says goodbye")
    func webSocket() async throws {
        let broker = try EchoBroker(path: "/mqtt")
        let client = MQTTClient(self.configuration(broker, path: "/mqtt"))
        try await client.connect()
        try await client.subscribe([MQTTFilter("#", qos: .atMostOnce)])
        let payloads = [0, 1, 125, 126, 70_000].map { [UInt8](repeating: 7, count: $0) }
        for payload in payloads {
            try await client.publish(MQTTMessage(topic: "t", payload: payload, qos: .atMostOnce))
        }
        var received: [[UInt8]] = []
        while received.count < payloads.count, let batch = try await client.messages.nextBatch(upTo: 10) {
            received += batch.map(\.message.payload)
        }
        #expect(received == payloads)
        await client.disconnect()
    }

    @Test("a server that refuses the WebSocket is unreachable, and its words are told")
    func refused() async throws {
        let broker = try EchoBroker(path: "/other")
        let client = MQTTClient(self.configuration(broker, path: "/mqtt"))
        let failure = await #expect(throws: MQTTClientError.self) { try await client.connect() }
        #expect(
            failure
                == .unreachable(
                    "127.0.0.1:\(broker.port): the server answered 404 Not Found at /mqtt, and no WebSocket"
                        + ": MQTT over WebSocket is at /other here"
                )
        )
    }

    @Test("a server that speaks no TLS is said to, and a connection is not made in the clear instead")
    func noTLS() async throws {
        let broker = try EchoBroker(path: "/mqtt", greeting: MQTTConnack(sessionPresent: false).encoded(.v5))
        var configuration = MQTTClientConfiguration(host: "127.0.0.1", port: broker.port)
        configuration.tls = MQTTTLS()
        configuration.backoff = nil
        let client = MQTTClient(configuration)
        let failure = await #expect(throws: MQTTClientError.self) { try await client.connect() }
        guard case .tls(let words)? = failure else { return #expect(Bool(false), "\(String(describing: failure))") }
        #expect(words.hasPrefix("127.0.0.1:\(broker.port): ") && words.contains("no TLS"))
    }

    @Test("what TLS or WebSocket cannot be made from is invalid, before anything connects")
    func invalid() async {
        var configuration = MQTTClientConfiguration(host: "127.0.0.1", port: 1)
        configuration.webSocketPath = "/a b"
        await #expect(throws: MQTTClientError.invalid("a WebSocket's path begins with / and has no spaces: /a b")) {
            try await MQTTClient(configuration).connect()
        }
        configuration.webSocketPath = nil
        configuration.tls = MQTTTLS()
        configuration.tls?.keyFile = "/k"
        await #expect(
            throws: MQTTClientError.invalid("a private key without the certificate that it belongs to")
        ) { try await MQTTClient(configuration).connect() }
        configuration.tls?.keyFile = nil
        configuration.tls?.caFile = "/nonexistent/ca.pem"
        let failure = await #expect(throws: MQTTClientError.self) { try await MQTTClient(configuration).connect() }
        guard case .invalid(let words)? = failure else { return #expect(Bool(false), "\(String(describing: failure))") }
        #expect(words.hasPrefix("/nonexistent/ca.pem: "))
    }
}
