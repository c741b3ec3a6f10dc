import Machine
import Synchronization

/// Whether the volume takes what it is given, and why not.
///
/// Full is what any of the lanes that write is stuck for, and what the space check says; failed is for ever.
final class VolumeHealth: Sendable {
    private struct State {
        /// Lanes whose last attempt found no space.
        var stuck: Set<VolumeLane> = []
        var isLow = false
        /// What ``isLow`` was decided by.
        var floor: UInt64 = 0
        /// Why the volume is not writable; kept for health checks.
        var reason: String?
        var findings = VolumeFindings()
    }
    let status: VolumeStatus
    private let notify: @Sendable (VolumeNotice) -> Void
    private let state = Mutex(State())

    init(_ status: VolumeStatus, _ notify: @escaping @Sendable (VolumeNotice) -> Void) {
        self.status = status
        self.notify = notify
    }

    var isFailed: Bool { self.status.state == .failed }
    /// nil while the volume is writable.
    var reason: String? { self.state.withLock { $0.reason } }
    var findings: VolumeFindings { self.state.withLock { $0.findings } }

    func note(_ notice: VolumeNotice) {
        self.state.withLock { $0.findings.note(notice) }
        self.notify(notice)
    }

    func fail(_ reason: String) {
        let isFirst = self.state.withLock { state in
            if self.status.state == .failed { return false }
            state.reason = reason
            self.status.set(.failed)
            return true
        }
        if isFirst { self.notify(.failed(reason)) }
    }

    func stuck(_ lane: VolumeLane, _ reason: String) { self.settle(reason) { $0.stuck.insert(lane) } }
    func goesOn(_ lane: VolumeLane) { self.settle("") { $0.stuck.remove(lane) } }

    /// Free space is compared with the floor, and while it is low with a quarter more, so that the state does not flap. A floor that was
    /// changed is taken at its word.
    func measured(free: UInt64, floor: UInt64) {
        self.settle("\(free >> 20) MiB are free, and \(floor >> 20) MiB are to stay free (storage.min_free_space)") {
            let wasLow = $0.isLow && $0.floor == floor
            $0.isLow = free < (wasLow ? floor &+ floor / 4 : floor)
            $0.floor = floor
        }
    }

    /// What is under way would take more than the floor leaves.
    func short(of floor: UInt64) {
        let why = "what is being written leaves less than the \(floor >> 20) MiB that are to stay free"
        self.settle("\(why) (storage.min_free_space)") {
            $0.isLow = true
            $0.floor = floor
        }
    }

    private func settle(_ reason: String, _ change: (inout State) -> Void) {
        let notice = self.state.withLock { state -> VolumeNotice? in
            change(&state)
            if self.status.state == .failed { return nil }
            let isFull = state.isLow || !state.stuck.isEmpty
            if isFull == (self.status.state == .full) { return nil }
            self.status.set(isFull ? .full : .writable)
            state.reason = isFull ? reason : nil
            return isFull ? .full(reason) : .writable
        }
        if let notice { self.notify(notice) }
    }
}

/// A thread's work, and in the simulation one of the things that happen in any order.
package enum VolumeLane: Int, CaseIterable, Sendable {
    case writer, syncer, state, background, reader
}

/// When to try again what found no space: soon, and then less often.
struct Backoff {
    private static let range: ClosedRange<UInt64> = 100...1_000
    private var delay = Backoff.range.lowerBound
    /// nil while nothing is to be tried again.
    private(set) var at: UInt64?

    mutating func failed(now: UInt64) {
        self.at = now + self.delay
        self.delay = min(self.delay * 2, Backoff.range.upperBound)
    }

    mutating func succeeded() { self = Backoff() }
}
