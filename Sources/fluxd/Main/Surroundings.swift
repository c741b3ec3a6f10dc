import CLinux
import Glibc
import Synchronization

/// What fluxd needs of the process and the system around it.

func say(_ text: String) { _ = put(text, on: STDOUT_FILENO) }
func complain(_ text: String) { _ = put("fluxd: \(text)", on: STDERR_FILENO) }

/// - Returns: 0, or the error number of the write that failed.
private func put(_ text: String, on descriptor: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
        var done = 0
        while done < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress.unsafelyUnwrapped + done, bytes.count - done)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return errno }
            done += count
        }
        return 0
    }
}

func environment() -> [String: String] {
    var result: [String: String] = [:]
    for name in ["XDG_RUNTIME_DIR", "XDG_STATE_HOME", "HOME"] {
        if let value = getenv(name) { result[name] = String(cString: value) }
    }
    return result
}

/// Every connection is a descriptor: what the system allows is taken, not only what it starts with.
func raiseDescriptorLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}

/// One datagram to systemd, or nothing where there is none. Source: sd_notify(3).
func notify(_ state: String) {
    guard let path = getenv("NOTIFY_SOCKET").map({ String(cString: $0) }), let first = path.utf8.first else { return }
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(path.utf8.prefix(MemoryLayout.size(ofValue: address.sun_path) - 1))
    if first == UInt8(ascii: "@") { bytes[0] = 0 }  // an abstract socket
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
    var text = state
    _ = text.withUTF8 { message in
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, message.baseAddress, message.count, 0, $0, length)
            }
        }
    }
}

func randomize(_ bytes: UnsafeMutableRawBufferPointer) { _ = clinux_random(bytes.baseAddress, bytes.count) }

/// Milliseconds since 1970, UTC.
func unixTime() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(time.tv_sec) * 1_000 + UInt64(time.tv_nsec) / 1_000_000
}

func hostName() -> String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "fluxd" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// A failure of the file system, with what to do about it.
struct DirectoryFailure: Error, CustomStringConvertible { let description: String }

/// Makes the directory that something is to be in, where it is missing.
///
/// - Parameter key: What says where: for the operator to change.
func makeDirectory(of path: String, _ key: String) throws(DirectoryFailure) {
    let directory = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    guard let made = makeDirectories(directory) else { return }
    throw DirectoryFailure(
        description:
            "cannot make the directory \(made); set \(key) to a path that can be written"
    )
}

/// - Returns: The directory that could not be made, and why.
private func makeDirectories(_ path: String) -> String? {
    var made = ""
    for part in path.split(separator: "/", omittingEmptySubsequences: false) {
        made += part + "/"
        if mkdir(made, 0o750) != 0, errno != EEXIST, errno != EROFS || access(made, F_OK) != 0 {
            return "\(made): \(String(cString: strerror(errno)))"
        }
    }
    return nil
}

/// Where the bound addresses are written, for tools and tests.
struct RuntimeDirectory: Sendable {
    typealias Failure = DirectoryFailure
    private let file: String

    init(_ path: String) throws(Failure) {
        self.file = path + "/listeners.json"
        guard let made = makeDirectories(path) else { return }
        throw Failure(
            description: "cannot make the directory \(made); set server.runtime_dir to one that can be written"
        )
    }

    /// Replaced in one step, so that nobody reads half of it.
    func write(_ bound: BoundListeners) throws(Failure) {
        let fresh = self.file + ".new"
        let descriptor = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            throw Failure(description: "cannot write \(fresh): \(String(cString: strerror(errno)))")
        }
        var failure = put(bound.json, on: descriptor)
        close(descriptor)
        if failure == 0, rename(fresh, self.file) != 0 { failure = errno }
        if failure != 0 {
            unlink(fresh)
            let reason = String(cString: strerror(failure))
            throw Failure(
                description:
                    "cannot write \(self.file): \(reason); free space there, or set server.runtime_dir to another place"
            )
        }
    }

    func remove() { unlink(self.file) }
}

/// Counts requests to stop; the first one is waited for.
final class StopSignals: Sendable {
    private struct State {
        var count = 0
        var isStarting = true
        var waiter: CheckedContinuation<Void, Never>?
    }
    private let state = Mutex(State())

    var count: Int { self.state.withLock { $0.count } }

    /// - Returns: Whether somebody asks again while fluxd still starts, and nothing looks at the first request yet.
    func received() -> Bool {
        let (waiter, isImpatient) = self.state.withLock { state in
            state.count += 1
            defer { state.waiter = nil }
            return (state.waiter, state.isStarting && state.count > 1)
        }
        waiter?.resume()
        return isImpatient
    }

    func first() async {
        await withCheckedContinuation { continuation in
            let isStopped = self.state.withLock { state in
                state.isStarting = false
                if state.count > 0 { return true }
                state.waiter = continuation
                return false
            }
            if isStopped { continuation.resume() }
        }
    }
}
