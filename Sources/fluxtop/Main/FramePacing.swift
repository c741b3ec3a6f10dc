/// When to draw: soon after a key, at most ten times a second for what the broker says, and once a resize has come to rest.
///
/// Unit of all times: monotonic milliseconds.
struct FramePacing {
    /// Between frames that only new data asks for.
    static let dataSpacing: UInt64 = 100
    /// Between frames that keys ask for: well under what a hand or an eye notices, and a bound for a key that is held down.
    static let keySpacing: UInt64 = 25
    /// Without another change of size.
    static let resizeRest: UInt64 = 30
    /// A terminal whose edge is dragged on and on is redrawn now and then.
    static let longestResize: UInt64 = 200

    private var lastFrame: UInt64?
    private var wanted = false
    private var wantedSoon = false
    private var resize: (first: UInt64, latest: UInt64)?

    mutating func dataChanged() { self.wanted = true }
    mutating func keyPressed() { self.wantedSoon = true }

    mutating func resized(now: UInt64) { self.resize = (self.resize?.first ?? now, now) }

    /// When a frame is due; nil if nothing asks for one.
    var frameDue: UInt64? {
        guard self.resize == nil else { return nil }
        guard let lastFrame = self.lastFrame else { return self.wanted || self.wantedSoon ? 0 : nil }
        if self.wantedSoon { return lastFrame + Self.keySpacing }
        return self.wanted ? lastFrame + Self.dataSpacing : nil
    }

    /// When the new size is to be looked at.
    var resizeDue: UInt64? {
        self.resize.map { min($0.latest + Self.resizeRest, $0.first + Self.longestResize) }
    }

    var due: UInt64? { self.resizeDue ?? self.frameDue }

    /// Whether the size is to be looked at now; the frame after it waits for nothing.
    mutating func takeResize(now: UInt64) -> Bool {
        guard let due = self.resizeDue, due <= now else { return false }
        self.resize = nil
        self.lastFrame = nil
        self.wanted = true
        return true
    }

    /// Whether to draw now.
    mutating func takeFrame(now: UInt64) -> Bool {
        guard let due = self.frameDue, due <= now else { return false }
        self.lastFrame = now
        self.wanted = false
        self.wantedSoon = false
        return true
    }
}
