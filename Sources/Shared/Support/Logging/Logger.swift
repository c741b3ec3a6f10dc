package import Synchronization

/// Writes lines of fixed text and varying metadata. Copies share level, format and output; any thread may use them.
///
/// A line below the level costs a call and a load. One that is written is formatted and written by the caller's
/// thread, so a
/// reader that stalls (a full pipe) stalls the writer for up to a second a line, after which lines are lost and
/// counted.
package struct Logger: Sendable {
    @usableFromInline package let core: LoggerCore
    /// In front of each line's own metadata.
    private let context: LogMetadata

    /// - Parameters:
    ///   - output: Standard error unless said otherwise.
    ///   - clock: For tests.
    package init(
        level: LogLevel = .info,
        format: LogFormat = .text,
        output: LogOutput = .descriptor(2),
        repeats: LogRepeats.Policy = LogRepeats.Policy(),
        clock: @escaping @Sendable () -> LogTime = LogTime.now
    ) {
        self.core = LoggerCore(level: level, format: format, output: output, repeats: repeats, clock: clock)
        self.context = [:]
    }

    private init(_ core: LoggerCore, context: LogMetadata) {
        self.core = core
        self.context = context
    }

    /// The same logger with metadata that each of its lines carries.
    package func with(_ metadata: LogMetadata) -> Logger { Logger(self.core, context: self.context.adding(metadata)) }

    @inlinable @inline(__always)
    package func isEnabled(_ level: LogLevel) -> Bool { level.rawValue >= self.core.threshold.load(ordering: .relaxed) }

    @inlinable @inline(__always)
    package func log(_ level: LogLevel, _ message: StaticString, _ metadata: @autoclosure () -> LogMetadata = [:]) {
        if self.isEnabled(level) { self.write(level, message, metadata()) }
    }

    /// A line that is written however often its text comes: an audit leaves nothing out.
    package func audit(_ level: LogLevel, _ message: StaticString, _ metadata: LogMetadata) {
        guard self.isEnabled(level) else { return }
        self.core.write(level, message.description, self.context.adding(metadata), countsRepeats: false)
    }

    /// Past the check of the level, which is why it is not inlined.
    @usableFromInline
    package func write(_ level: LogLevel, _ message: StaticString, _ metadata: LogMetadata) {
        self.core.write(level, message.description, self.context.adding(metadata))
    }

    /// For all copies, from the next line on.
    package func setLevel(_ level: LogLevel) { self.core.threshold.store(level.rawValue, ordering: .relaxed) }

    /// Has each line that is written shown to somebody else too, on the writer's thread: a ring for those who ask later.
    package func setObserver(_ observer: @escaping LogObserver) { self.core.setObserver(observer) }

    package var level: LogLevel { LogLevel(rawValue: self.core.threshold.load(ordering: .relaxed)) ?? .critical }

    /// Writes the counts of repeated lines whose window has ended. Call it about once a second: a window whose line
    /// never comes again, in a program that then says nothing else, would stay silent.
    package func writeEndedCounts() { self.core.writeEndedCounts() }

    /// Writes all counts. Call it before the program ends.
    package func finish() { self.core.finish() }

    /// Lines that the output did not take.
    package var lostLines: Int { self.core.lostLines }
}

extension Logger {
    @inlinable @inline(__always)
    package func trace(_ message: StaticString, _ metadata: @autoclosure () -> LogMetadata = [:]) {
        if self.isEnabled(.trace) { self.write(.trace, message, metadata()) }
    }

    @inlinable @inline(__always)
    package func debug(_ message: StaticString, _ metadata: @autoclosure () -> LogMetadata = [:]) {
        if self.isEnabled(.debug) { self.write(.debug, message, metadata()) }
    }

    @inlinable @inline(__always)
    package func info(_ message: StaticString, _ metadata: @autoclosure () -> LogMetadata = [:]) {
        if self.isEnabled(.info) { self.write(.info, message, metadata()) }
    }

    @inlinable @inline(__always)
    package func notice(_ message: StaticString, _ metadata: @autoclosure () -> LogMetadata = [:]) {
        if self.isEnabled(.notice) { self.write(.notice, message, metadata()) }
    }

    @inlinable @inline(__always)
    package func warning(_ message: StaticString, _ metadata: @autoclosure () -> LogMetadata = [:]) {
        if self.isEnabled(.warning) { self.write(.warning, message, metadata()) }
    }

    @inlinable @inline(__always)
    package func error(_ message: StaticString, _ metadata: @autoclosure () -> LogMetadata = [:]) {
        if self.isEnabled(.error) { self.write(.error, message, metadata()) }
    }

    @inlinable @inline(__always)
    package func critical(_ message: StaticString, _ metadata: @autoclosure () -> LogMetadata = [:]) {
        if self.isEnabled(.critical) { self.write(.critical, message, metadata()) }
    }
}

/// Takes one line in its parts; `repeated` is the number of lines like it that were not written.
package typealias LogObserver = @Sendable (LogTime, LogLevel, String, LogMetadata, _ repeated: Int?) -> Void

/// What the copies of a ``Logger`` share.
package final class LoggerCore: Sendable {
    @usableFromInline package let threshold: Atomic<UInt8>
    private let format: LogFormat
    private let output: LogOutput
    private let clock: @Sendable () -> LogTime
    private let repeats: Mutex<LogRepeats>
    private let observer = Mutex<LogObserver?>(nil)
    /// Held while a line is written, so that lines stay whole. Its value is the number of lines lost.
    private let writing = Mutex(0)

    init(
        level: LogLevel,
        format: LogFormat,
        output: LogOutput,
        repeats: LogRepeats.Policy,
        clock: @escaping @Sendable () -> LogTime
    ) {
        self.threshold = Atomic(level.rawValue)
        self.format = format
        self.output = output
        self.clock = clock
        self.repeats = Mutex(LogRepeats(repeats))
    }

    var lostLines: Int { self.writing.withLock { $0 } }

    func write(_ level: LogLevel, _ message: String, _ metadata: LogMetadata, countsRepeats: Bool = true) {
        let now = self.clock()
        let (ended, isAdmitted) = self.repeats.withLock { repeats in
            (repeats.ended(now: now), !countsRepeats || repeats.admit(level, message, now: now))
        }
        self.write(ended, at: now)
        if isAdmitted { self.write(level, message, metadata, nil, at: now) }
    }

    func setObserver(_ observer: @escaping LogObserver) { self.observer.withLock { $0 = observer } }

    private func write(_ level: LogLevel, _ message: String, _ metadata: LogMetadata, _ repeated: Int?, at now: LogTime)
    {
        self.write(self.format.line(level, message, metadata, repeated: repeated, at: now))
        let observer = self.observer.withLock { $0 }
        observer?(now, level, message, metadata, repeated)
    }

    func writeEndedCounts() {
        let now = self.clock()
        self.write(self.repeats.withLock { $0.ended(now: now) }, at: now)
    }

    func finish() { self.write(self.repeats.withLock { $0.all() }, at: self.clock()) }

    private func write(_ counts: [LogRepeats.Count], at now: LogTime) {
        for count in counts { self.write(count.level, count.message, [:], count.repeated, at: now) }
    }

    private func write(_ line: [UInt8]) {
        self.writing.withLock { lost in
            if !self.output.write(line) { lost += 1 }
        }
    }
}
