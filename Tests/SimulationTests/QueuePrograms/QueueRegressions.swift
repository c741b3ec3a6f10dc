import QueueEngine
import Testing

/// Programs that once failed, shrunk, in the words that the run printed; what each was about stands above it.
@Suite("Simulation: programs of queues that once failed")
struct QueueRegressionTests {
    private static let programs: [QueueProgram] = [
        // Dead letters of a queue without a group were on their way when the first group came: it got them, too.
        QueueProgram(
            seed: 5_692_280_587_187_851_119,
            steps: [
                QueueStep(
                    id: 2,
                    pause: 0,
                    kind: .declare(
                        queue: 2,
                        QueueShape(
                            isSynced: true,
                            hasPriorities: true,
                            limit: 4,
                            overflow: .deadLetter,
                            movesDeadLetters: true,
                            visibility: 1_500
                        )
                    )
                ),
                QueueStep(
                    id: 4,
                    pause: 4_000,
                    kind: .join(client: 3, queue: 1, group: 1, settlesByPuback: true)
                ),
                QueueStep(id: 5, pause: 4, kind: .publish(client: 3, queue: 2, Post(count: 15, priority: 4))),
                QueueStep(id: 6, pause: 3, kind: .join(client: 0, queue: 2, group: 1, settlesByPuback: false)),
            ]
        ),
        // Who looked at the dead letters of a synced queue before there were any made a buffered queue for them.
        QueueProgram(
            seed: 12,
            steps: [
                QueueStep(
                    id: 0,
                    pause: 0,
                    kind: .declare(queue: 0, QueueShape(isSynced: true, movesDeadLetters: true))
                ),
                QueueStep(id: 1, pause: 4_000, kind: .mourn(client: 2, queue: 0)),
                QueueStep(id: 2, pause: 4_000, kind: .join(client: 1, queue: 0, group: 0, settlesByPuback: false)),
                QueueStep(id: 3, pause: 4_000, kind: .publish(client: 1, queue: 0, Post(count: 5))),
                QueueStep(id: 4, pause: 150, kind: .settle(client: 1, .reject, from: 0, count: 5)),
                QueueStep(id: 5, pause: 4_000, kind: .end(End(cause: .power))),
            ]
        ),
        // What a queue's own place let go was forgotten, where that place followed a group that was removed before anything was published.
        QueueProgram(
            seed: 15251252966135838824,
            steps: [
                QueueStep(
                    id: 0,
                    pause: 0,
                    kind: .declare(queue: 0, QueueShape(isSynced: true, ttl: 60000, movesDeadLetters: true))
                ),
                QueueStep(id: 9, pause: 4, kind: .join(client: 2, queue: 0, group: 1, settlesByPuback: false)),
                QueueStep(id: 15, pause: 4000, kind: .publish(client: 0, queue: 1, Post(count: 5, filler: 40))),
                QueueStep(id: 17, pause: 4000, kind: .removeGroup(queue: 0, group: 1)),
                QueueStep(id: 36, pause: 4000, kind: .publish(client: 0, queue: 0, Post(count: 1))),
                QueueStep(id: 45, pause: 65000, kind: .wait),
                QueueStep(id: 49, pause: 11, kind: .end(End(cause: .kill, operations: 5, again: 30))),
            ]
        ),
        // Groups' snapshots were not on the device yet when what they replaced was removed.
        QueueProgram(
            seed: 4932477488505780346,
            steps: [
                QueueStep(
                    id: 0,
                    pause: 0,
                    kind: .declare(queue: 0, QueueShape(limit: 1, overflow: .dropHead, maximumDeliveries: 1))
                ),
                QueueStep(
                    id: 1,
                    pause: 0,
                    kind: .declare(queue: 1, QueueShape(isSynced: true, movesDeadLetters: true, maximumDeliveries: 1))
                ),
                QueueStep(
                    id: 2,
                    pause: 0,
                    kind: .declare(
                        queue: 2,
                        QueueShape(hasPriorities: true, movesExpired: true, maximumDeliveries: 1, visibility: 0)
                    )
                ),
                QueueStep(id: 9, pause: 4000, kind: .end(End(cause: .stop))),
                QueueStep(id: 10, pause: 14, kind: .end(End(cause: .stop))),
                QueueStep(id: 11, pause: 35, kind: .join(client: 2, queue: 0, group: 1, settlesByPuback: false)),
                QueueStep(id: 12, pause: 4000, kind: .join(client: 0, queue: 2, group: 1, settlesByPuback: false)),
                QueueStep(id: 13, pause: 4000, kind: .end(End(cause: .power, operations: 33))),
                QueueStep(id: 15, pause: 32, kind: .end(End(cause: .kill, again: 23))),
                QueueStep(id: 18, pause: 17, kind: .publish(client: 0, queue: 0, Post(count: 2, priority: 9))),
                QueueStep(id: 20, pause: 4000, kind: .publish(client: 3, queue: 1, Post(count: 15, filler: 40))),
                QueueStep(id: 21, pause: 4000, kind: .purge(queue: 0)),
                QueueStep(id: 22, pause: 4000, kind: .end(End(cause: .power, operations: 6))),
                QueueStep(id: 23, pause: 39, kind: .leave(client: 2, queue: 0)),
                QueueStep(id: 24, pause: 25, kind: .disconnect(client: 1)),
                QueueStep(id: 25, pause: 16, kind: .join(client: 1, queue: 2, group: 0, settlesByPuback: true)),
                QueueStep(id: 26, pause: 19, kind: .publish(client: 1, queue: 1, Post(count: 15, filler: 700))),
                QueueStep(id: 27, pause: 4000, kind: .settle(client: 3, .acknowledge, from: 18, count: 4)),
                QueueStep(id: 29, pause: 4000, kind: .end(End(cause: .power))),
                QueueStep(id: 31, pause: 4000, kind: .settle(client: 3, .acknowledge, from: 17, count: 5)),
                QueueStep(id: 34, pause: 4000, kind: .settle(client: 2, .acknowledge, from: 0, count: 8)),
                QueueStep(id: 35, pause: 11, kind: .end(End(cause: .power))),
                QueueStep(id: 36, pause: 4000, kind: .publish(client: 2, queue: 0, Post(count: 1, filler: 5000))),
                QueueStep(id: 37, pause: 39, kind: .publish(client: 1, queue: 1, Post(count: 5, priority: 4))),
                QueueStep(id: 39, pause: 3, kind: .end(End(cause: .kill, operations: 1))),
                QueueStep(id: 40, pause: 4000, kind: .join(client: 1, queue: 1, group: 0, settlesByPuback: false)),
                QueueStep(id: 41, pause: 22, kind: .publish(client: 1, queue: 2, Post(count: 15))),
                QueueStep(id: 42, pause: 14, kind: .publish(client: 2, queue: 1, Post(count: 5))),
                QueueStep(
                    id: 43,
                    pause: 16,
                    kind: .publish(client: 2, queue: 1, Post(count: 1, priority: 9, filler: 700))
                ),
                QueueStep(id: 46, pause: 39, kind: .join(client: 2, queue: 2, group: 1, settlesByPuback: false)),
                QueueStep(id: 47, pause: 8, kind: .publish(client: 3, queue: 1, Post(count: 1, priority: 4))),
                QueueStep(id: 48, pause: 39, kind: .end(End(cause: .power, operations: 1))),
                QueueStep(id: 49, pause: 17, kind: .end(End(cause: .power, operations: 8))),
            ]
        ),
    ]

    @Test("a program that once failed is right now", arguments: programs)
    func program(_ program: QueueProgram) {
        let faults = QueueRun(program).run()
        #expect(faults.isEmpty, "\(program.source)")
    }
}
