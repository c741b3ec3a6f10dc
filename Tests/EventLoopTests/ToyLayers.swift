import Bytes
import Machine
import Synchronization

/// A lower layer: waits for `H`, answers `h`, and from then on every byte is another one on the way. `X` ends it.
final class XorLayer: StreamLayer {
    private static let key: UInt8 = 0x5A
    private let isClient: Bool
    private let steps: StepCounter?
    private var isReady = false
    private var isOver = false
    private(set) var received = 0

    /// - Parameter steps: Told of each read before the layer is open, which is then a costly one.
    init(isClient: Bool = false, steps: StepCounter? = nil) {
        self.isClient = isClient
        self.steps = steps
        super.init()
    }

    static func coded(_ bytes: [UInt8]) -> [UInt8] { bytes.map { $0 ^ XorLayer.key } }

    override var isOpen: Bool { self.isReady }
    override var hasEnded: Bool { self.isOver }
    override var isCostly: Bool { self.steps != nil && !self.isReady }

    override func start(down: inout [UInt8]) { if self.isClient { down.append(UInt8(ascii: "H")) } }

    override func received(_ bytes: Span<UInt8>, up: inout [UInt8], down: inout [UInt8]) throws(LayerFailure) {
        self.received += bytes.count
        var start = 0
        if !self.isReady {
            self.steps?.count()
            let wanted = UInt8(ascii: self.isClient ? "h" : "H")
            guard bytes[0] == wanted else {
                down += Array("no hello".utf8)
                throw LayerFailure("no hello, but \(bytes[0])")
            }
            self.isReady = true
            if !self.isClient { down.append(UInt8(ascii: "h")) }
            start = 1
        }
        for index in start..<bytes.count {
            if bytes[index] == UInt8(ascii: "X") ^ 0xFF {
                self.isOver = true
            } else {
                up.append(bytes[index] ^ XorLayer.key)
            }
        }
    }

    override func send(_ bytes: UnsafeBufferPointer<UInt8>, down: inout [UInt8]) {
        for byte in bytes { down.append(byte ^ XorLayer.key) }
    }

    override func close(down: inout [UInt8]) { down.append(UInt8(ascii: "X") ^ 0xFF) }
    override func describe(_ facts: inout StreamFacts) { facts.tls = TLSFacts(version: "toy", cipher: "xor") }
}

/// An upper layer: a byte of kind, two of length, the payload.
final class FrameLayer: StreamLayer {
    enum Kind: UInt8 { case data, ping, pong, close, wrong }
    private var begun: [UInt8] = []
    private var isOver = false
    private var hasClosed = false

    static func frame(_ kind: Kind, _ payload: [UInt8] = []) -> [UInt8] {
        [kind.rawValue, UInt8(payload.count >> 8), UInt8(payload.count & 255)] + payload
    }

    /// Payload in frames of at most `size` bytes.
    static func frames(_ payload: [UInt8], size: Int = 1_000) -> [UInt8] {
        stride(from: 0, to: payload.count, by: size).flatMap {
            frame(.data, Array(payload[$0..<min($0 + size, payload.count)]))
        }
    }

    override var hasEnded: Bool { self.isOver }

    override func received(_ bytes: Span<UInt8>, up: inout [UInt8], down: inout [UInt8]) throws(LayerFailure) {
        let all = self.begun + bytes.copied()
        var start = 0
        defer { self.begun = Array(all[start...]) }
        while all.count - start >= 3, !self.isOver {
            let end = start + 3 + Int(all[start + 1]) << 8 + Int(all[start + 2])
            guard all.count >= end else { return }
            let payload = Array(all[(start + 3)..<end])
            switch Kind(rawValue: all[start]) {
            case .data: up += payload
            case .ping: down += FrameLayer.frame(.pong, payload)
            case .close: self.isOver = true
            case .pong, .wrong, nil:
                down += FrameLayer.frame(.wrong)
                throw LayerFailure("a frame of kind \(all[start])")
            }
            start = end
        }
    }

    override func send(_ bytes: UnsafeBufferPointer<UInt8>, down: inout [UInt8]) {
        down += FrameLayer.frames(Array(bytes), size: 16_000)
    }

    override func close(down: inout [UInt8]) { down += FrameLayer.frame(.close) }
    override func describe(_ facts: inout StreamFacts) { facts.isWebSocket = true }
}

/// The lowest layer: the first byte is the client's number in 10.0.0.0/24.
final class NamingLayer: StreamLayer {
    private var number: UInt8?

    override var isOpen: Bool { self.number != nil }
    override var namesRemote: Bool { true }

    override func received(_ bytes: Span<UInt8>, up: inout [UInt8], down: inout [UInt8]) {
        let isFirst = self.number == nil
        if isFirst { self.number = bytes[0] }
        up += bytes.copied().dropFirst(isFirst ? 1 : 0)
    }

    override func describe(_ facts: inout StreamFacts) {
        facts.proxy = facts.remote
        facts.remote = .ipv4(0x0A00_0000 | UInt32(self.number ?? 0), port: 1)
    }
}

/// How many costly steps were taken between two ends of bursts.
final class StepCounter: Sendable {
    private let state = Mutex((all: 0, now: 0, most: 0))

    var all: Int { self.state.withLock { $0.all } }
    var most: Int { self.state.withLock { $0.most } }

    func count() {
        self.state.withLock { state in
            state.all += 1
            state.now += 1
            state.most = max(state.most, state.now)
        }
    }

    func endOfBurst() { self.state.withLock { $0.now = 0 } }
}

struct ToyFactory: LayerFactory {
    let make: @Sendable (PeerAddress) -> [StreamLayer]

    init(_ make: @escaping @Sendable (PeerAddress) -> [StreamLayer]) { self.make = make }

    func layers(for remote: PeerAddress) -> [StreamLayer] { self.make(remote) }

    static let two = ToyFactory { _ in [XorLayer(), FrameLayer()] }
}

/// Lets in as many as it is told, and sees to it that nobody leaves who has not come.
final class ToyAdmission: AdmissionControl {
    private let state: Mutex<(inside: [PeerAddress: Int], admitted: Int, left: Int, unknown: Int, limit: Int)>

    init(limit: Int = .max) { self.state = Mutex(([:], 0, 0, 0, limit)) }

    var inside: Int { self.state.withLock { $0.inside.values.reduce(0, +) } }
    var admitted: Int { self.state.withLock { $0.admitted } }
    /// Departures of those who were not inside.
    var unknown: Int { self.state.withLock { $0.unknown } }

    func admit(_ remote: PeerAddress, listener: Int, now: UInt64) -> AdmissionRefusal? {
        self.state.withLock { state in
            if case .ipv4(0x0A00_0063, _) = remote { return .banned }
            if state.inside.values.reduce(0, +) >= state.limit { return .rate }
            state.inside[remote, default: 0] += 1
            state.admitted += 1
            return nil
        }
    }

    func left(_ remote: PeerAddress, listener: Int) {
        self.state.withLock { state in
            guard let count = state.inside[remote], count > 0 else { return state.unknown += 1 }
            state.inside[remote] = count - 1
            state.left += 1
        }
    }
}
