import Files
import Machine

/// What a sync journal knows of records that it does not have: of each log, the offset below which everything was synced before the
/// journal's frames were written.
///
/// The writer syncs what was buffered of a log before a group that the journal has more of is done, and no group begins before the
/// one in front of it is done. So where the journal's frames of a log begin, or go on behind a gap, what lies in front was on the
/// device; unless the frames are of the last group, which may have been under way.
struct JournalFloors {
    private struct Known {
        /// Behind the last frame.
        var next: UInt64
        /// Oldest first, each with the group that says so.
        var floors: [(group: UInt64, offset: UInt64)]
    }
    private var logs: [LogID: Known] = [:]
    private var lastGroup: UInt64 = 0

    init<Failure: Error>(_ files: any FileSystem, failure: (FileError) -> Failure) throws(Failure) {
        var floors = (logs: [LogID: Known](), lastGroup: UInt64(0))
        _ = try JournalReplay(files, failure: failure) { entry, group throws(Failure) in
            floors.lastGroup = max(floors.lastGroup, group)
            guard case .append(let append) = entry else {
                floors.logs[entry.log] = nil
                return
            }
            var known = floors.logs[append.log] ?? Known(next: 0, floors: [])
            if append.first > known.next { known.floors.append((group, append.first)) }
            known.next = append.first + UInt64(append.count)
            floors.logs[append.log] = known
        }
        (self.logs, self.lastGroup) = floors
    }

    /// For logs of which anything is known.
    var offsets: [LogID: UInt64] {
        self.logs.compactMapValues { known in known.floors.last { $0.group < self.lastGroup }?.offset }
    }
}
