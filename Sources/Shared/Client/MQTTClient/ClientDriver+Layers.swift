import Bytes
import Machine

/// What is different where TLS or WebSocket stands between the socket and MQTT.
extension ClientDriver {
    /// What is being opened, for people.
    var opening: String {
        guard let pipe, let transport else { return "transport" }
        return transport.opening(pipe)
    }

    func open(_ pipe: LayerPipe, deadline: Instant) {
        self.unwrapped.removeAll()
        self.wrapped = 0
        self.link = .opening(deadline: deadline)
        do throws(LayerPipe.End) {
            try pipe.start { _ in nil }
        } catch {
            self.ended(pipe, error)
        }
    }

    func received(_ bytes: UnsafeRawBufferPointer, through pipe: LayerPipe) {
        var end: LayerPipe.End?
        do throws(LayerPipe.End) {
            let bytes = Span(_unsafeElements: bytes.bindMemory(to: UInt8.self))
            try pipe.received(bytes, up: &self.partial) { _ in nil }
        } catch {
            end = error
        }
        if case .opening(let deadline) = self.link, pipe.isOpen { self.transportOpened(deadline: deadline) }
        if !self.partial.isEmpty { self.readPartial() }
        // The broker's last packet says more than the end of the stream that carried it.
        self.carryOutEvents()
        guard self.pipe === pipe else { return }
        if let end {
            self.ended(pipe, end)
        } else if pipe.hasEnded {
            self.transportEnded("the broker closed it")
        }
    }

    /// The layers give the stream up.
    private func ended(_ pipe: LayerPipe, _ end: LayerPipe.End) {
        // An alert or a close frame tells the broker why.
        self.flush(pipe)
        guard self.pipe === pipe else { return }
        switch self.link {
        case .lingering: self.end(.closed)
        // With TLS 1.3 a broker's verdict on the client's certificate comes after the handshake.
        case .opening, .handshaking:
            switch self.transport?.failure(of: pipe, end) {
            case .tls(let words): self.lost(.tls("\(self.endpoint): \(words)"))
            default: self.lost(.unreachable("\(self.endpoint): \(end.words)"))
            }
        default: self.lost(.connectionLost(end.words))
        }
    }

    /// Wraps what the machine wants sent, piece by piece as the system takes it.
    func writeLayered(_ pipe: LayerPipe) {
        while self.flush(pipe) {
            if self.unwrapped.isEmpty, pipe.isOpen {
                self.unwrapped.append(self.machine.output)
                self.machine.output.removeAll(keepingCapacity: self.machine.output.capacity <= 1 << 20)
            }
            if self.unwrapped.isEmpty { break }
            let count = self.unwrapped.count
            do throws(LayerPipe.End) {
                try pipe.wrap(&self.unwrapped) { _ in 0 }
            } catch {
                return self.ended(pipe, error)
            }
            self.wrapped += count - self.unwrapped.count
        }
        self.settleHandedOver()
    }

    /// - Returns: Whether the system has taken all.
    @discardableResult
    private func flush(_ pipe: LayerPipe) -> Bool {
        while !pipe.wire.isEmpty {
            let outcome = pipe.wire.withPending(limit: 1) { segments -> ClientSocket.Outcome in
                guard let first = segments.first else { return .wouldBlock }
                return self.socket?.write(UnsafeRawBufferPointer(start: first.base, count: first.count)) ?? .ended
            }
            switch outcome {
            case .bytes(let count): pipe.wire.dropFirst(count)
            case .wouldBlock, .ended: return false
            case .failed(let reason):
                self.transportEnded(reason)
                return false
            }
        }
        self.written += self.wrapped
        self.wrapped = 0
        return true
    }
}
