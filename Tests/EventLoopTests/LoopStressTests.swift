import EventLoop
import Testing

@Suite("Stress: loops and their inboxes", .serialized, .timeLimit(.minutes(2)))
struct LoopStressTests {
    @Test("batches between loops arrive once, in order, however many come together, and each is answered")
    func batches() async throws {
        try await TestLoops.with(shards: 3) { loops in
            await withTaskGroup(of: Void.self) { group in
                for host in loops.hosts {
                    group.addTask { for round in 0..<300 { await host.perform { $0.announcements += round % 4 } } }
                }
            }
            for host in loops.hosts {
                await TestLoops.eventually("all arrived") {
                    await host.perform { machine in
                        machine.answered.count == 900 && machine.batches.allSatisfy { [0, 450].contains($0.count) }
                    }
                }
                let batches = await host.perform { $0.batches }
                #expect(batches.filter { !$0.isEmpty }.allSatisfy { $0 == Array(1...450) })
            }
        }
    }

    @Test("streams come, move, speak and go on three loops at once")
    func streams() async throws {
        try await TestLoops.with(shards: 3) { loops in
            for round in 0..<20 {
                let clients = (0..<12).map { number in
                    (loops.connect(), ["M", "B", "x"][(number + round) % 3] + "\(number % 10)")
                }
                for (client, text) in clients { client.send(text) }
                for (client, text) in clients { #expect(client.receiveText(2) == text) }
            }
            await TestLoops.eventually("all are gone") { await loops.openStreams == 0 }
        }
    }
}
