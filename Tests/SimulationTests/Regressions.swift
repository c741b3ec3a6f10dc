import Testing

/// Programs that once failed, shrunk, in the words that the run printed; what each was about stands above it.
@Suite("Simulation: programs that once failed")
struct RegressionTests {
    private static let programs: [Program] = [
        // A will with a delay, whose session a clean start ends: published then, and not when the delay is over.
        Program(
            seed: 117,
            actions: [
                Action(id: 62, client: 2, pause: 4000, kind: .connect(Connect(expiry: 5, aliases: 100))),
                Action(
                    id: 73,
                    client: 2,
                    pause: 4000,
                    kind: .subscribe(Subscribe(filter: "a/#", qos: 1, retainHandling: 2))
                ),
                Action(
                    id: 74,
                    client: 0,
                    pause: 4000,
                    kind: .connect(
                        Connect(
                            clean: true,
                            expiry: .max,
                            will: Will(topic: "a/b/c", qos: 2, retain: false, delay: 900)
                        )
                    )
                ),
                Action(id: 76, client: 0, pause: 4000, kind: .hostile(.qos3)),
                Action(id: 90, client: 0, pause: 4000, kind: .connect(Connect(clean: true, expiry: 60))),
            ]
        ),
        // Two subscriptions with one identifier match: it comes twice [MQTT-3.3.4-5].
        Program(
            seed: 14_516_099_024_769_195_590,
            actions: [
                Action(
                    id: 19,
                    client: 4,
                    pause: 17,
                    kind: .connect(Connect(clean: true, expiry: .max, receiveMaximum: 3, aliases: 2))
                ),
                Action(
                    id: 23,
                    client: 4,
                    pause: 4000,
                    kind: .subscribe(Subscribe(filter: "a/#", qos: 1, noLocal: true, identifier: 2))
                ),
                Action(
                    id: 24,
                    client: 4,
                    pause: 4000,
                    kind: .subscribe(Subscribe(filter: "a", qos: 2, retainAsPublished: true, identifier: 2))
                ),
                Action(
                    id: 30,
                    client: 4,
                    pause: 22,
                    kind: .subscribe(Subscribe(filter: "a/#", qos: 0, retainAsPublished: true, identifier: 2))
                ),
                Action(
                    id: 32,
                    client: 4,
                    pause: 4000,
                    kind: .publish(Publish(topic: "a", qos: 1, retain: true, alias: 1))
                ),
            ]
        ),
        // A message waits in a group whose only member is away, and goes to one that joins later.
        Program(
            seed: 78,
            actions: [
                Action(id: 51, client: 2, pause: 4000, kind: .connect(Connect(expiry: .max, receiveMaximum: 3))),
                Action(
                    id: 69,
                    client: 2,
                    pause: 14,
                    kind: .subscribe(Subscribe(filter: "$share/g/x/y", qos: 1, retainHandling: 1))
                ),
                Action(id: 92, client: 2, pause: 4000, kind: .cut),
                Action(id: 93, client: 1, pause: 4, kind: .connect(Connect(expiry: .max, receiveMaximum: 1))),
                Action(id: 96, client: 0, pause: 4000, kind: .publish(Publish(topic: "x/y", qos: 2, filler: 9000))),
                Action(id: 97, client: 0, pause: 4000, kind: .connect(Connect(clean: true, receiveMaximum: 1))),
                Action(
                    id: 100,
                    client: 1,
                    pause: 4000,
                    kind: .subscribe(Subscribe(filter: "$share/g/x/y", qos: 0, identifier: 1))
                ),
            ]
        ),
        // A retained message at QoS 1, sent again after a takeover, and once more for a subscription of QoS 0.
        Program(
            seed: 99,
            actions: [
                Action(
                    id: 25,
                    client: 3,
                    pause: 4000,
                    kind: .connect(Connect(expiry: 5, will: Will(topic: "a/b/c", qos: 1, retain: true, delay: 0)))
                ),
                Action(id: 50, client: 3, pause: 4000, kind: .connect(Connect(isV5: false, clean: true))),
                Action(id: 52, client: 1, pause: 4000, kind: .connect(Connect(isV5: false))),
                Action(id: 53, client: 1, pause: 4000, kind: .withhold),
                Action(id: 60, client: 1, pause: 9, kind: .subscribe(Subscribe(filter: "#", qos: 1))),
                Action(id: 63, client: 1, pause: 14, kind: .connect(Connect(isV5: false))),
                Action(id: 100, client: 1, pause: 4000, kind: .subscribe(Subscribe(filter: "#", qos: 0))),
            ]
        ),
        // Half a packet behind a large one, whose deadline it got: the reminder for that stood, and was later than its own.
        Program(
            seed: 327125049892917728,
            actions: [
                Action(id: 85, client: 3, pause: 15, kind: .publish(Publish(topic: "x", qos: 1, filler: 9000))),
                Action(id: 86, client: 3, pause: 13, kind: .connect(Connect(expiry: .max, aliases: 2))),
                Action(id: 91, client: 3, pause: 4000, kind: .hostile(.half)),
                Action(id: 92, client: 1, pause: 60_500, kind: .wait),
            ]
        ),
        // A message with an expiry is sent again in 3.1.1's form, which has none: it keeps the one it came with.
        Program(
            seed: 3246901307240335790,
            actions: [
                Action(id: 1, client: 4, pause: 4000, kind: .connect(Connect(expiry: 600, keepAlive: 20))),
                Action(
                    id: 20,
                    client: 4,
                    pause: 12,
                    kind: .publish(Publish(topic: "x", qos: 2, retain: true, filler: 9000, expiry: 8))
                ),
                Action(id: 35, client: 4, pause: 4000, kind: .connect(Connect(isV5: false))),
            ]
        ),
    ]

    @Test("a program that once failed is right now", arguments: programs)
    func program(_ program: Program) {
        let faults = ModelRun(program).run()
        #expect(faults.isEmpty, "\(program.source)")
    }
}

extension Program: CustomTestStringConvertible {
    var testDescription: String { "seed \(self.seed), \(self.actions.count) actions" }
}
