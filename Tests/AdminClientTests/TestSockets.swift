import Glibc
import Synchronization
import Testing

/// A listening unix socket that is the test's own: nobody accepts unless it does.
final class RawListener: Sendable {
    private let descriptor: Int32
    private let accepted = Mutex<[RawStream]>([])

    init(at path: String) throws {
        self.descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0 && listen(self.descriptor, 8) == 0)
    }

    deinit { close(self.descriptor) }

    /// Accepts one connection and says something to it; it stays open as long as the listener.
    func accept(saying text: String) {
        let stream = RawStream(descriptor: Glibc.accept(self.descriptor, nil, nil))
        let bytes = Array(text.utf8)
        _ = write(stream.descriptor, bytes, bytes.count)
        self.accepted.withLock { $0.append(stream) }
    }
}

private final class RawStream: Sendable {
    let descriptor: Int32
    init(descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(self.descriptor) }
}

/// What ends a client's waiting.
final class StopPipe: Sendable {
    let readEnd: Int32
    private let writeEnd: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        (self.readEnd, self.writeEnd) = (ends[0], ends[1])
    }

    deinit {
        close(self.readEnd)
        close(self.writeEnd)
    }

    func stop() {
        var byte: UInt8 = 0
        _ = write(self.writeEnd, &byte, 1)
    }
}

/// A thread for a client that waits, so that it takes none from those that tests and their actors share.
final class TestThread: @unchecked Sendable {
    // Sendable because: `thread` is set before anybody else has the object, and the body is only run by the thread.
    private var thread = pthread_t()
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
        let result = pthread_create(
            &self.thread,
            nil,
            { context in
                guard let context else { return nil }
                Unmanaged<TestThread>.fromOpaque(context).takeRetainedValue().body()
                return nil
            },
            Unmanaged.passRetained(self).toOpaque()
        )
        precondition(result == 0, "no thread for a test")
    }

    /// Waits for its end.
    func join() { pthread_join(self.thread, nil) }
}

/// What a client on another thread has seen.
final class Seen: Sendable {
    private let items = Mutex<[String]>([])
    func add(_ item: String) { self.items.withLock { $0.append(item) } }
    var all: [String] { self.items.withLock { $0 } }
}
