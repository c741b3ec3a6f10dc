import Bytes
import Machine
import Testing

/// A pipe, and what it carried, wrote and asked.
private final class Bench {
    let pipe: LayerPipe
    let pool = ChunkPool()
    var up: [UInt8] = []
    var asked: [PeerAddress] = []
    var refusal: AdmissionRefusal?

    init(_ layers: [StreamLayer]) {
        self.pipe = LayerPipe(layers, remote: .unix(nil), scratch: LayerScratch(), pool: self.pool)
    }

    func start() throws(LayerPipe.End) { try self.pipe.start { self.admit($0) } }

    func receive(_ bytes: [UInt8]) throws(LayerPipe.End) {
        try self.pipe.received(bytes.span, up: &self.up) { self.admit($0) }
    }

    private func admit(_ remote: PeerAddress) -> AdmissionRefusal? {
        self.asked.append(remote)
        return self.refusal
    }

    var waiting: Int { self.pipe.wire.count }

    func takeWire() -> [UInt8] {
        let bytes = self.pipe.wire.withPending(limit: 100) { segments in
            segments.flatMap { Array(UnsafeRawBufferPointer(start: $0.base, count: $0.count)) }
        }
        self.pipe.wire.removeAll()
        return bytes
    }
}

@Suite("Layers of a stream")
struct LayerPipeTests {
    private let hello = Array("H".utf8)
    private let farewell: [UInt8] = [UInt8(ascii: "X") ^ 0xFF]

    @Test("cut at any byte, two layers carry the same and answer the same")
    func cuts() throws {
        let frames =
            FrameLayer.frame(.data, [1, 2, 3]) + FrameLayer.frame(.ping, [9]) + FrameLayer.frame(.data)
            + FrameLayer.frame(.data, [4])
        let stream = self.hello + XorLayer.coded(frames)
        for first in 0..<stream.count {
            for second in first..<stream.count {
                let bench = Bench([XorLayer(), FrameLayer()])
                try bench.start()
                for piece in [stream[..<first], stream[first..<second], stream[second...]] where !piece.isEmpty {
                    try bench.receive(Array(piece))
                }
                #expect(bench.up == [1, 2, 3, 4])
                #expect(bench.takeWire() == Array("h".utf8) + XorLayer.coded(FrameLayer.frame(.pong, [9])))
                #expect(bench.pipe.isOpen)
                #expect(bench.asked == [.unix(nil)])
            }
        }
    }

    @Test("the facts are those of all layers, once they are open")
    func facts() throws {
        let bench = Bench([NamingLayer(), XorLayer(), FrameLayer()])
        try bench.start()
        try bench.receive([7])
        #expect(bench.pipe.facts.remote == .ipv4(0x0A00_0007, port: 1))
        #expect(bench.pipe.facts.tls == nil)
        #expect(!bench.pipe.isOpen)
        try bench.receive(self.hello)
        #expect(bench.pipe.isOpen)
        #expect(bench.pipe.facts.proxy == .unix(nil))
        #expect(bench.pipe.facts.tls?.cipher == "xor")
        #expect(bench.pipe.facts.isWebSocket)
    }

    @Test("the client's side speaks as soon as the layer below is open")
    func clientSide() throws {
        let upper = XorLayer(isClient: true)
        let bench = Bench([XorLayer(isClient: true), upper])
        try bench.start()
        #expect(bench.takeWire() == self.hello)
        try bench.receive(Array("h".utf8))
        #expect(bench.takeWire() == XorLayer.coded(self.hello))
        try bench.receive(XorLayer.coded(Array("h".utf8)) + [1])
        #expect(bench.up == [1])
        #expect(bench.pipe.isOpen)
    }

    @Test("who is not let in is asked about once, and nothing above the layer that names it hears a byte")
    func refusal() {
        let upper = XorLayer()
        let bench = Bench([NamingLayer(), upper])
        bench.refusal = .banned
        #expect(throws: Never.self) { try bench.start() }
        #expect(bench.asked.isEmpty)
        #expect(throws: LayerPipe.End.refused(.banned)) { try bench.receive([5] + self.hello) }
        #expect(bench.asked == [.ipv4(0x0A00_0005, port: 1)])
        #expect(upper.received == 0)
        #expect(bench.waiting == 0)
    }

    @Test("without a layer that names the client, who is not let in is refused before anything is said")
    func earlyRefusal() {
        let bench = Bench([XorLayer(isClient: true)])
        bench.refusal = .rate
        #expect(throws: LayerPipe.End.refused(.rate)) { try bench.start() }
        #expect(bench.waiting == 0)
    }

    @Test("a failure's last word goes out through the layers below, and only they say goodbye")
    func failure() throws {
        let bench = Bench([XorLayer(), FrameLayer()])
        try bench.start()
        try bench.receive(self.hello)
        _ = bench.takeWire()
        let bytes = FrameLayer.frame(.data, [1]) + FrameLayer.frame(.wrong) + FrameLayer.frame(.data, [2])
        #expect(throws: LayerPipe.End.failed(LayerFailure("a frame of kind 4"))) {
            try bench.receive(XorLayer.coded(bytes))
        }
        #expect(bench.up == [1])
        bench.pipe.close()
        #expect(bench.takeWire() == XorLayer.coded(FrameLayer.frame(.wrong)) + self.farewell)
    }

    @Test("a close says goodbye once, from the top down, in the layers that are open")
    func close() throws {
        let bench = Bench([XorLayer(), FrameLayer()])
        try bench.start()
        bench.pipe.close()
        #expect(bench.waiting == 0)
        let open = Bench([XorLayer(), FrameLayer()])
        try open.start()
        try open.receive(self.hello)
        _ = open.takeWire()
        open.pipe.close()
        open.pipe.close()
        #expect(open.takeWire() == XorLayer.coded(FrameLayer.frame(.close)) + self.farewell)
    }

    @Test("the peer's goodbye in any layer ends the pipe, behind what it carried before")
    func ends() throws {
        for goodbye in [XorLayer.coded(FrameLayer.frame(.close)), self.farewell] {
            let bench = Bench([XorLayer(), FrameLayer()])
            try bench.start()
            try bench.receive(self.hello + XorLayer.coded(FrameLayer.frame(.data, [1])) + goodbye)
            #expect(bench.up == [1])
            #expect(bench.pipe.hasEnded)
        }
    }

    @Test("output is wrapped in pieces of 64 KiB at most, small segments together, and the socket takes what it can")
    func wraps() throws {
        let bench = Bench([XorLayer()])
        try bench.start()
        try bench.receive(self.hello)
        _ = bench.takeWire()
        var output = OutputBuffer(pool: bench.pool)
        var expected: [UInt8] = []
        for size in [1, 200_000, 3, 7, 50_000, 20_000, 9] {
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ size) }
            output.append(ByteBlock.make(bytes), 0..<size)
            expected += bytes
        }
        var written: [UInt8] = []
        var pieces: [Int] = []
        while !output.isEmpty {
            let before = output.count
            try bench.pipe.wrap(&output) { bytes in
                let taken = bytes.count / 3
                written += bytes[..<taken]
                return taken
            }
            pieces.append(before - output.count)
            written += bench.takeWire()
        }
        #expect(XorLayer.coded(written) == expected)
        #expect(pieces.allSatisfy { $0 <= LayerPipe.pieceSize })
        #expect(pieces.count == 5)
    }

    @Test("nothing is offered to the socket while something else waits for it")
    func keepsOrder() throws {
        let bench = Bench([XorLayer()])
        try bench.start()
        try bench.receive(self.hello)
        var output = OutputBuffer(pool: bench.pool)
        output.append([1, 2])
        try bench.pipe.wrap(&output) { _ in
            Issue.record("an answer is overtaken")
            return 0
        }
        #expect(bench.takeWire() == Array("h".utf8) + XorLayer.coded([1, 2]))
    }

    @Test("what moves takes the layers' state and the unsent bytes along")
    func moves() throws {
        let bench = Bench([XorLayer(), FrameLayer()])
        try bench.start()
        let half = XorLayer.coded(FrameLayer.frame(.data, [1, 2]))
        try bench.receive(self.hello + XorLayer.coded(FrameLayer.frame(.ping, [7])) + half[..<2])
        let moved = LayerPipe(bench.pipe.leave(written: 1), scratch: LayerScratch(), pool: ChunkPool())
        #expect(moved.isOpen)
        #expect(moved.facts.isWebSocket)
        let unsent = moved.wire.count
        #expect(unsent == 4)
        var up: [UInt8] = []
        try moved.received(Array(half[2...]).span, up: &up) { _ in .banned }
        #expect(up == [1, 2])
    }

    @Test("a step is costly as long as a layer that is not open may make it so")
    func costly() throws {
        let bench = Bench([NamingLayer(), XorLayer(steps: StepCounter())])
        try bench.start()
        #expect(bench.pipe.isCostly)
        try bench.receive([1])
        #expect(bench.pipe.isCostly)
        try bench.receive(self.hello)
        #expect(!bench.pipe.isCostly)
    }
}
