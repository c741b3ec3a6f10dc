import Machine
import SimulatedFiles
import Testing

@testable import Volume

@Suite("Space that is left")
struct SpaceTests {
    private static let mib = 1 << 20

    @Test("what is given between two looks at the file system is counted against what the last one found")
    func account() {
        let space = SpaceAccount(floor: UInt64(64 * Self.mib))
        #expect(space.looked(free: UInt64(164 * Self.mib)) == UInt64(164 * Self.mib))
        #expect(space.give(40 * Self.mib) == .fits)
        #expect(!space.wantsLook)
        // Half of it is given.
        #expect(space.give(20 * Self.mib) == .look)
        #expect(space.wantsLook)
        #expect(space.give(10 * Self.mib) == .fits)
        #expect(space.give(31 * Self.mib) == .short)
        #expect(space.give(1) == .fits, "said once")
        space.take(70 * Self.mib)
        // What is under way is not on the device yet.
        #expect(space.looked(free: UInt64(94 * Self.mib)) == UInt64(63 * Self.mib - 1))
        #expect(!space.wantsLook)
    }

    @Test("without a floor nothing is counted")
    func noFloor() {
        let space = SpaceAccount(floor: 0)
        _ = space.looked(free: 10)
        #expect(space.give(1_000) == .fits)
        #expect(!space.wantsLook)
    }

    private static func fill(_ rig: VolumeRig, _ batches: Range<Int>, kind: DurabilityClass = .buffered) {
        let body = String(repeating: "x", count: 1 << 20)
        for number in batches { rig.submit(kind, [append(messages(1), UInt64(number), [body])]) }
    }

    @Test("a disk that fills within a second is full before the floor is reached, and what was given is stored")
    func fillsFast() throws {
        let rig = try VolumeRig()
        let floor = Int(rig.settings.minimumFree)
        rig.simulated.free = UInt64(floor + 8 * Self.mib)
        rig.pass(1_000)
        rig.settle()
        Self.fill(rig, 0..<7)
        #expect(rig.status == .writable)
        Self.fill(rig, 7..<9)
        #expect(rig.status == .full, "before anything is written")
        #expect(rig.engine.reason?.contains("leaves less than the 64 MiB") == true)
        // It is written, and that shows.
        rig.simulated.free = UInt64(floor - Self.mib)
        rig.settle()
        #expect(rig.stored(.buffered) == 9)
        #expect(rig.status == .full)
        #expect(rig.notices.count == 1)
        rig.simulated.free = UInt64(floor + floor / 4)
        rig.pass(1_000)
        rig.settle()
        #expect(rig.status == .writable)
    }

    @Test("what is synced takes its space twice")
    func synced() throws {
        let rig = try VolumeRig()
        rig.simulated.free = rig.settings.minimumFree + UInt64(8 * Self.mib)
        rig.pass(1_000)
        rig.settle()
        Self.fill(rig, 0..<4, kind: .synced)
        #expect(rig.status == .full)
    }

    @Test("with much space a look at the file system comes early, and nothing is refused")
    func looksEarly() throws {
        let rig = try VolumeRig()
        rig.simulated.free = rig.settings.minimumFree + UInt64(16 * Self.mib)
        rig.pass(1_000)
        rig.settle()
        for round in 0..<10 {
            Self.fill(rig, round * 9..<(round + 1) * 9)
            // Without a second going by. What was stored was trimmed elsewhere: as much is free as before.
            rig.settle()
            #expect(rig.status == .writable)
        }
        #expect(rig.notices.isEmpty)
    }

    @Test("a floor that is changed counts at once, and at its word")
    func floorChanges() throws {
        let rig = try VolumeRig()
        let floor = rig.settings.minimumFree
        rig.simulated.free = floor + UInt64(Self.mib)
        rig.pass(1_000)
        rig.settle()
        #expect(rig.status == .writable)
        rig.engine.change(minimumFree: 2 * floor, syncInterval: 1_000)
        rig.settle()
        #expect(rig.status == .full)
        // Not a quarter more: somebody has said what is enough.
        rig.engine.change(minimumFree: floor, syncInterval: 1_000)
        rig.settle()
        #expect(rig.status == .writable)
        rig.engine.change(minimumFree: 2 * floor, syncInterval: 1_000)
        rig.settle()
        #expect(rig.status == .full)
        rig.engine.change(minimumFree: 0, syncInterval: 1_000)
        rig.settle()
        #expect(rig.status == .writable)
    }

    @Test("an interval of syncs that is changed counts from the last sync")
    func intervalChanges() throws {
        var settings = VolumeRig.settings
        settings.syncInterval = 3_600_000
        let rig = try VolumeRig(settings: settings)
        rig.submit(.buffered, [append(messages(1), 0, ["a"])])
        rig.settle()
        rig.pass(5_000)
        rig.settle()
        #expect(rig.engine.statistics.segmentSyncs == 0)
        rig.engine.change(minimumFree: settings.minimumFree, syncInterval: 1_000)
        rig.settle()
        #expect(rig.engine.statistics.segmentSyncs == 1)
    }
}
