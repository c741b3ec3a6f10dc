/// The application's side of the driver: commands come in, results and deliveries go out.
extension ClientDriver {
    // MARK: Commands

    func perform(_ command: ClientCommand) {
        switch command {
        case .connect(let completion): self.connect(completion)
        case .publish(let message, let completion):
            self.machine.publish(message, ticket: self.ticket(.publish(completion)), now: self.now)
        case .publishMany(let messages, let firstIndex, let publisher):
            for (offset, message) in messages.enumerated() {
                let waiter = Waiter.publisher(publisher, index: firstIndex + offset, bytes: message.payload.count)
                self.machine.publish(message, ticket: self.ticket(waiter), now: self.now)
            }
        case .subscribe(let filters, let properties, let completion):
            self.machine.subscribe(
                filters,
                properties,
                ticket: self.ticket(.subscribe(completion)),
                now: self.now
            )
        case .unsubscribe(let filters, let completion):
            self.machine.unsubscribe(filters, ticket: self.ticket(.unsubscribe(completion)), now: self.now)
        case .taken(let receipts):
            self.mayRead = true
            for receipt in receipts { self.machine.taken(receipt, now: self.now) }
        case .resolved(let result, let attempt): self.resolved(result, attempt: attempt)
        case .disconnect(let withWill, let completion): self.disconnect(withWill: withWill, completion)
        case .abandon:
            self.isEnding = true
            self.isFinished = true
            self.end(.closed)
        }
        if self.isIdle { self.machine.abandon(.closed) }
    }

    /// Nothing is or will be connected, so that nothing can be waited for.
    var isIdle: Bool {
        guard case .none = self.link else { return false }
        return true
    }

    func ticket(_ waiter: Waiter) -> ClientMachine.Ticket {
        self.nextTicket += 1
        self.waiters[self.nextTicket] = waiter
        return self.nextTicket
    }

    func connect(_ completion: @escaping ClientCommand.Completion<MQTTConnectionInfo>) {
        if self.isEnding { return completion(.failure(.closed)) }
        if let problem = self.configuration.problem { return completion(.failure(problem)) }
        guard self.isIdle else {
            return completion(.failure(.invalid("the client is connected or connecting already")))
        }
        do throws(MQTTClientError) {
            if self.transport == nil { self.transport = try ClientTransport(self.configuration) }
        } catch {
            return completion(.failure(error))
        }
        self.connectWaiter = completion
        self.lookUp()
    }

    func disconnect(withWill: Bool, _ completion: @escaping ClientCommand.Completion<Void>) {
        self.isEnding = true
        self.disconnectWaiters.append(completion)
        self.inbox.end(.success(()))
        switch self.link {
        case .open:
            self.machine.disconnect(withWill: withWill, now: self.now)
            self.link = .lingering(deadline: self.now + .seconds(5))
        case .lingering: break
        default: self.end(.closed)
        }
    }

    // MARK: Events

    func carryOutEvents() {
        var deliveries: [Inbox.Entry] = []
        var failure: MQTTClientError?
        while !self.machine.events.isEmpty {
            let events = self.machine.events
            self.machine.events.removeAll()
            for event in events {
                switch event {
                case .connected(let info): self.connected(info)
                case .handedOver(let ticket, let afterBytes): self.handedOver.append((ticket, afterBytes))
                case .published(let ticket, let result): self.settle(ticket, result)
                case .subscribed(let ticket, let result):
                    if case .subscribe(let completion)? = self.waiters.removeValue(forKey: ticket) {
                        completion(result)
                    }
                case .unsubscribed(let ticket, let result):
                    if case .unsubscribe(let completion)? = self.waiters.removeValue(forKey: ticket) {
                        completion(result)
                    }
                case .delivered(let delivery, let receipt):
                    deliveries.append(Inbox.Entry(delivery: delivery, receipt: receipt))
                case .close(let error): failure = error
                }
            }
        }
        if !deliveries.isEmpty { self.mayRead = self.inbox.add(deliveries) }
        if let failure {
            self.write()
            self.lost(failure)
        }
    }

    func connected(_ info: MQTTConnectionInfo) {
        self.link = .open
        self.failedAttempts = 0
        if info.sessionPresent { self.inbox.dropUnacknowledged() }
        self.configuration.onEvent?(.connected(info))
        if let waiter = self.connectWaiter {
            self.connectWaiter = nil
            waiter(.success(info))
        }
    }

    func settle(_ ticket: ClientMachine.Ticket, _ result: Result<MQTTPublishReceipt, MQTTClientError>) {
        switch self.waiters.removeValue(forKey: ticket) {
        case .publish(let completion): completion(result)
        case .publisher(let publisher, let index, let bytes): publisher.settled(index: index, bytes: bytes, result)
        case .subscribe, .unsubscribe, nil: break
        }
    }
}
