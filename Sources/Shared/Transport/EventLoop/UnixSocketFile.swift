import CLinux
import Glibc
import Machine

/// The file of a listening unix socket: cleared out of the way when its daemon is dead, removed when its listener closes.
struct UnixSocketFile {
    private let path: String
    private let device: dev_t
    private let inode: ino_t

    /// Of a socket that was bound to the path just now.
    init?(at path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.path = path
        (self.device, self.inode) = (status.st_dev, status.st_ino)
    }

    /// A file that somebody else has put there since is left alone.
    func remove() {
        var status = stat()
        guard lstat(self.path, &status) == 0, (status.st_dev, status.st_ino) == (self.device, self.inode) else {
            return
        }
        unlink(self.path)
    }

    /// Removes a socket file that nobody listens on.
    ///
    /// - Throws: When somebody does, and when the file is no socket: what is not ours is not deleted.
    static func makeWay(at path: String) throws(TransportError) {
        func refuse(_ reason: String) -> TransportError { .cannotBind(address: "unix:\(path)", reason: reason) }
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw refuse("the file exists and is not a socket") }
        let probe: Int32
        do {
            probe = try SocketAddress(unixPath: path).startConnecting()
        } catch .cannotConnect(_, _, ECONNREFUSED) {
            unlink(path)  // what a dead daemon leaves behind
            return
        } catch {
            throw refuse("the socket exists and cannot be tried: \(error.reason)")
        }
        let owner = UnixPeer(of: probe)
        close(probe)
        throw refuse("\(owner.map { "process \($0.pid)" } ?? "a process") listens there already")
    }
}

extension UnixPeer {
    /// nil when the descriptor is no connected unix stream.
    init?(of descriptor: Int32) {
        var (pid, uid, gid): (Int32, UInt32, UInt32) = (0, 0, 0)
        guard clinux_peer(descriptor, &pid, &uid, &gid) == 0 else { return nil }
        self.init(pid: pid, uid: uid, gid: gid)
    }
}
