import Glibc

/// A configuration file's bytes.
package enum ConfigFile {
    /// Nobody writes this much by hand; a device or a log given by mistake is stopped here.
    static let maximumBytes = 4 << 20

    package static func read(_ path: String) throws(ConfigError) -> [UInt8] {
        // Opening a pipe that nobody writes to must not wait for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw self.failure(path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw self.failure(path) }
        guard status.st_mode & S_IFMT == S_IFREG || path == "/dev/stdin" || path == "/dev/null" else {
            throw ConfigError("cannot read the configuration: it is not a regular file", at: .file(path, nil))
        }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &block, block.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw self.failure(path)
            }
            bytes += block[..<count]
            guard bytes.count <= self.maximumBytes else {
                throw ConfigError(
                    "larger than \(self.maximumBytes >> 20) MiB, so not a configuration",
                    at: .file(path, nil)
                )
            }
        }
    }

    private static func failure(_ path: String) -> ConfigError {
        ConfigError("cannot read the configuration: \(String(cString: strerror(errno)))", at: .file(path, nil))
    }
}
