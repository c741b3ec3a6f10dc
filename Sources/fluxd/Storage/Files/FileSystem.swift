/// Why a file operation failed.
package struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Kind: Sendable {
        case notFound
        case exists
        /// No space, or over a quota.
        case full
        /// The device: whether what was written before is there is unknown.
        case device
        case other
    }
    package var kind: Kind
    /// What was done to which file, and what the system said: "write queues/…/00000000000000000000.seg: No space left on device".
    package var description: String

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}

/// An open file. Not shared between threads but for ``read(at:into:)``.
package protocol DataFile: AnyObject {
    /// Bytes.
    func size() throws(FileError) -> Int
    /// Fills the buffer as far as the file reaches.
    ///
    /// - Returns: Bytes read; fewer than the buffer holds only at the end of the file.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int
    /// Writes all of the pieces, one after the other, or throws; then an unknown part of them is there.
    func write(_ pieces: [UnsafeRawBufferPointer], at offset: Int) throws(FileError)
    func truncate(to size: Int) throws(FileError)
    /// What was written survives the loss of power (fdatasync).
    func sync() throws(FileError)
    func close()
}

/// The files of one volume: the system's in production, the simulator's in tests, and wrappers that make either of them fail.
///
/// Paths are relative to the volume's directory, with `/`. Names are numbers and fixed words: never a client's text.
package protocol FileSystem: AnyObject {
    /// A new, empty file, open for reading and writing.
    func create(_ path: String) throws(FileError) -> any DataFile
    /// - Parameter writable: Also for writing.
    func open(_ path: String, writable: Bool) throws(FileError) -> any DataFile
    /// Replaces `target` in one step.
    func rename(_ path: String, to target: String) throws(FileError)
    func remove(_ path: String) throws(FileError)
    /// Names in a directory, in order of the alphabet; empty when there is no such directory.
    func list(_ directory: String) throws(FileError) -> [String]
    /// With all above it. It may be there already.
    func makeDirectory(_ directory: String) throws(FileError)
    /// Removes an empty directory.
    func removeDirectory(_ directory: String) throws(FileError)
    /// Names that were made, changed or removed in the directory survive the loss of power.
    func syncDirectory(_ directory: String) throws(FileError)
    /// All that was written and named so far survives the loss of power. Dearer than one sync, and cheaper than hundreds.
    func syncAll() throws(FileError)
    /// Bytes that may still be written.
    func freeBytes() throws(FileError) -> UInt64
    /// Bytes that the device has, free or not; nil where nothing bounds them.
    func capacity() throws(FileError) -> UInt64?
}

extension FileSystem {
    package func capacity() throws(FileError) -> UInt64? { nil }
}
