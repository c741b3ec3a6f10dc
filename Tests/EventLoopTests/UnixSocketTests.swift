import EventLoop
import Glibc
import Machine
import Testing

/// A directory of its own, gone at the end with what is in it.
func withTemporaryDirectory(_ body: (String) async throws -> Void) async throws {
    var template = Array("/tmp/fluxmq-test-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
        for name in ["socket", "file"] { unlink(path + "/" + name) }
        rmdir(path)
    }
    try await body(path)
}

@Suite("Unix sockets", .serialized, .timeLimit(.minutes(2)))
struct UnixSocketTests {
    private static let settings = Listener.Settings(index: 0, name: "admin", maximum: 0, writeTimeout: 1_000)

    private func refusal(at path: String) -> String? {
        do {
            _ = try Listener(Self.settings, at: SocketAddress(unixPath: path))
            return nil
        } catch {
            return error.description
        }
    }

    @Test("the file has the mode that was asked for, and is gone when the listener closes")
    func mode() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/socket"
            try await TestLoops.with(at: SocketAddress(unixPath: path, mode: 0o660)) { _ in
                var status = stat()
                #expect(lstat(path, &status) == 0)
                #expect(status.st_mode & 0o777 == 0o660)
            }
            #expect(access(path, F_OK) != 0)
        }
    }

    @Test("a socket that somebody listens on is not taken, and the refusal names the process")
    func live() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/socket"
            try await TestLoops.with(at: SocketAddress(unixPath: path)) { _ in
                let expected = "cannot listen on unix:\(path): process \(getpid()) listens there already"
                #expect(self.refusal(at: path) == expected)
                let client = TestClient(unixPath: path)
                client.send("still there")
                #expect(client.receiveText(11) == "still there")
            }
        }
    }

    @Test("a file that is no socket is not deleted")
    func notASocket() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/file"
            close(open(path, O_CREAT | O_WRONLY, 0o600))
            #expect(self.refusal(at: path) == "cannot listen on unix:\(path): the file exists and is not a socket")
            #expect(access(path, F_OK) == 0)
        }
    }

    @Test("a path that is too long for a socket is refused, not cut")
    func tooLong() {
        let path = "/tmp/" + String(repeating: "x", count: 110)
        #expect(self.refusal(at: path)?.hasSuffix("the path has 115 bytes, and a unix socket's may have 107") == true)
    }

    @Test("a machine is told the process and the user at the other end")
    func credentials() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/socket"
            try await TestLoops.with(at: SocketAddress(unixPath: path)) { loops in
                let client = TestClient(unixPath: path)
                client.send("x")
                #expect(client.receiveText(1) == "x")
                let remote = await loops.hosts[0].perform { $0.facts.last?.remote }
                #expect(remote == .unix(UnixPeer(pid: getpid(), uid: getuid(), gid: getgid())))
                #expect(remote?.description == "uid \(getuid()) (pid \(getpid()))")
            }
        }
    }
}
