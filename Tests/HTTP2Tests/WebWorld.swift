import HTTP
import HTTP2
import Machine
import Simulation
import WebServer

/// A web server in the simulation, and its clients.
final class WebWorld {
    let simulator: Simulator
    let machine = WebMachine()
    private(set) var calls: [ServerCall] = []

    /// - Parameter setUp: Tells a call what to do, before anything is received for it; false refuses it.
    init(
        seed: UInt64 = 1,
        conditions: SimulationConditions = SimulationConditions(),
        requiresLoopbackHost: Bool = false,
        setUp: @escaping (ServerCall) -> Bool = { _ in true }
    ) {
        self.simulator = Simulator(seed: seed, conditions: conditions)
        self.simulator.add([self.machine])
        let site = WebSite(requiresLoopbackHost: requiresLoopbackHost) { [weak self] head, stream in
            let call = ServerCall(head, stream)
            guard setUp(call) else { return nil }
            self?.calls.append(call)
            return call
        }
        self.machine.serve(listener: 0, site: site)
    }

    func run(for milliseconds: UInt64 = 1_000) { self.simulator.run(for: milliseconds) }

    /// As a handler's own event does it, a timer's or a worker's.
    func perform(_ body: () -> Void) { self.simulator.loops[0].perform(body) }

    func connect(sending text: String = "") -> RawClient {
        let client = RawClient()
        client.connection = self.simulator.connect(client)
        client.send(text)
        return client
    }

    func connectHTTP2() -> HTTP2Client {
        let client = HTTP2Client()
        client.line = self.simulator.connect(client)
        client.pump()
        return client
    }
}

/// A client that sends text, and what it got.
final class RawClient: SimulatedPeer {
    var connection: SimulatedConnection?
    private(set) var bytes: [UInt8] = []
    private(set) var isClosed = false

    var text: String { String(decoding: self.bytes, as: UTF8.self) }
    /// `200`, `404`: of each response, in their order.
    var statuses: [Int] {
        self.text.split(separator: "HTTP/1.1 ", omittingEmptySubsequences: false).dropFirst().compactMap {
            Int($0.prefix(3))
        }
    }

    func send(_ text: String) { self.connection?.send(Array(text.utf8)) }

    func received(_ bytes: [UInt8], on connection: SimulatedConnection) { self.bytes += bytes }
    func closed(_ connection: SimulatedConnection, wasReset: Bool) { self.isClosed = true }
}

/// A client that speaks HTTP/2.
final class HTTP2Client: SimulatedPeer {
    let engine = HTTP2ClientConnection()
    var line: SimulatedConnection?
    private(set) var isClosed = false

    init() { self.engine.wantsOutput = { [weak self] in self?.pump() } }

    private var isPumping = false

    func pump() {
        guard let line = self.line, !self.isPumping else { return }
        self.isPumping = true
        var bytes: [UInt8] = []
        repeat {
            line.send(bytes)
            bytes = []
            self.engine.drain(into: &bytes)
        } while self.engine.deliver() || !bytes.isEmpty
        self.isPumping = false
        if self.engine.wantsToClose { line.finish() }
    }

    func ask(_ path: String, method: String = "POST", body: [UInt8]? = nil) -> Asked {
        let asked = Asked()
        let head = HTTPRequestHead(method: method, path: path, authority: "localhost:8082")
        // The handler must know its stream before anything happens to it.
        self.isPumping = true
        asked.stream = self.engine.request(head, asked)
        self.isPumping = false
        if let body { asked.stream?.write(body) }
        asked.stream?.finish()
        return asked
    }

    func received(_ bytes: [UInt8], on connection: SimulatedConnection) {
        try? self.engine.receive(bytes.span)
        self.pump()
    }

    func closed(_ connection: SimulatedConnection, wasReset: Bool) {
        self.isClosed = true
        self.line = nil
        self.engine.lost()
    }
}
