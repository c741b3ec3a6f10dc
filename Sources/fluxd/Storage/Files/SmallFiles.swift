/// For what is small: in one go, as arrays.
extension DataFile {
    package func write(_ bytes: [UInt8], at offset: Int) throws(FileError) {
        try bytes.withUnsafeBytes { buffer in Result { () throws(FileError) in try self.write([buffer], at: offset) } }
            .get()
    }

    /// - Returns: Fewer bytes only at the end of the file.
    package func read(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
        var failure: FileError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(FileError) {
                filled = try self.read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }
}

extension FileSystem {
    /// The whole of a file that is known to be small.
    package func contents(of path: String) throws(FileError) -> [UInt8] {
        let file = try self.open(path, writable: false)
        defer { file.close() }
        return try file.read(at: 0, count: try file.size())
    }

    /// Removes a file that need not be there.
    package func removeIfThere(_ path: String) throws(FileError) {
        do throws(FileError) { try self.remove(path) } catch  where error.kind == .notFound {}
    }

    /// A small file whose contents are there as a whole, or not at all, whenever the power goes.
    package func replace(_ path: String, with bytes: [UInt8], in directory: String) throws(FileError) {
        let unfinished = "\(path).new"
        try self.removeIfThere(unfinished)
        let file = try self.create(unfinished)
        defer { file.close() }
        try file.write(bytes, at: 0)
        try file.sync()
        try self.rename(unfinished, to: path)
        try self.syncDirectory(directory)
    }
}
