import EventLoop
import Glibc
import Machine
import Synchronization
import Testing

@Suite("Streams that a machine asks for", .serialized, .timeLimit(.minutes(2)))
struct OutboundTests {
    @Test("a machine reaches another over TCP and over a unix socket")
    func reaches() async throws {
        try await withTemporaryDirectory { directory in
            for address in [nil, SocketAddress(unixPath: directory + "/socket")] {
                try await TestLoops.with(at: address) { loops in
                    let target = loops.listener.address.target
                    try await withDialer { host in
                        await host.perform { $0.dial(7, target, saying: Array("hello".utf8)) }
                        await TestLoops.eventually("the answer is there") {
                            await host.perform { $0.heard[7] } == Array("hello".utf8)
                        }
                        #expect(await host.openStreams == 1)
                        #expect(host.inbox.load.load(ordering: .relaxed) == 1)
                    }
                }
            }
        }
    }

    @Test("megabytes go out and come back whole on one stream")
    func large() async throws {
        try await TestLoops.with { loops in
            let target = loops.listener.address.target
            let bytes = [0] + (0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 8) }
            try await withDialer { host in
                await host.perform { $0.dial(1, target, saying: bytes) }
                await TestLoops.eventually("all came back") {
                    await host.perform { $0.heard[1]?.count } == bytes.count
                }
                #expect(await host.perform { $0.heard[1] } == bytes)
            }
        }
    }

    @Test("a port where nobody listens, and a socket file that is not there, are failures with the system's reason")
    func refused() async throws {
        let gone = ConnectTarget.unix(path: "/nonexistent/fluxmq.sock")
        let long = ConnectTarget.unix(path: "/" + String(repeating: "x", count: 200))
        var closedPort: ConnectTarget?
        try await TestLoops.with { closedPort = $0.listener.address.target }
        let port = try #require(closedPort)
        try await withDialer { host in
            await host.perform { machine in
                machine.dial(1, port, saying: [])
                machine.dial(2, gone, saying: [])
                machine.dial(3, long, saying: [])
                #expect(machine.failures.isEmpty, "an answer came inline")
            }
            await TestLoops.eventually("all failed") { await host.perform { $0.failures.count } == 3 }
            let failures = await host.perform { $0.failures }
            #expect(failures[1] == "Connection refused")
            #expect(failures[2] == "No such file or directory")
            #expect(failures[3] == "the path has 201 bytes, and a unix socket's may have 107")
            #expect(host.inbox.load.load(ordering: .relaxed) == 0)
        }
    }

    @Test("a stream that is no longer wanted is closed at once")
    func unwanted() async throws {
        try await TestLoops.with { loops in
            let target = loops.listener.address.target
            try await withDialer { host in
                await host.perform { machine in
                    machine.unwanted = [1]
                    machine.dial(1, target, saying: [])
                }
                await TestLoops.eventually("the other end saw it go") {
                    await loops.hosts[0].perform { $0.opened == 1 && $0.closed == 1 }
                }
                #expect(await host.openStreams == 0)
            }
        }
    }

    @Test("a listener that goes closes the streams that others had to it, and they are told")
    func told() async throws {
        try await withDialer { host in
            try await TestLoops.with { loops in
                let target = loops.listener.address.target
                await host.perform { $0.dial(1, target, saying: [1]) }
                await TestLoops.eventually("it is connected") { await host.perform { $0.heard[1] } == [1] }
            }
            await TestLoops.eventually("it is told") { await host.perform { $0.closed } == 1 }
            #expect(await host.openStreams == 0)
        }
    }
}
