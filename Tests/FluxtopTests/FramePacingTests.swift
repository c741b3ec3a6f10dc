import Testing

@testable import fluxtop

@Suite("When frames are drawn")
struct FramePacingTests {
    @Test("nothing is drawn unless something changed")
    func quiet() {
        var pacing = FramePacing()
        #expect(pacing.due == nil)
        #expect(pacing.takeFrame(now: 1_000) == false)
    }

    @Test("the first change is drawn at once, the next ones no more than ten times a second")
    func data() {
        var pacing = FramePacing()
        var frames: [UInt64] = []
        for now in stride(from: UInt64(1_000), to: 2_000, by: 5) {
            pacing.dataChanged()
            if pacing.takeFrame(now: now) { frames.append(now) }
        }
        #expect(frames.first == 1_000)
        #expect(frames.count == 10)
        #expect(zip(frames, frames.dropFirst()).allSatisfy { $1 - $0 >= 100 })
    }

    @Test("a key is on the screen within 25 ms, also right after a frame")
    func keys() {
        var pacing = FramePacing()
        pacing.dataChanged()
        #expect(pacing.takeFrame(now: 1_000) == true)
        pacing.keyPressed()
        #expect(pacing.due == 1_025)
        #expect(pacing.takeFrame(now: 1_024) == false)
        #expect(pacing.takeFrame(now: 1_025) == true)
        #expect(pacing.due == nil)
    }

    @Test("a storm of resizes is looked at once it rests, and now and then while it does not")
    func resizes() {
        var pacing = FramePacing()
        pacing.dataChanged()
        #expect(pacing.takeFrame(now: 1_000) == true)
        pacing.resized(now: 1_010)
        pacing.dataChanged()
        #expect(pacing.takeFrame(now: 1_500) == false, "nothing is drawn for a size that is about to change")
        #expect(pacing.due == 1_040)
        pacing.resized(now: 1_020)
        #expect(pacing.takeResize(now: 1_045) == false)
        #expect(pacing.takeResize(now: 1_050) == true)
        #expect(pacing.takeFrame(now: 1_050) == true, "the frame after a resize waits for nothing")

        var looks = 0
        for now in stride(from: UInt64(2_000), to: 3_000, by: 10) {
            pacing.resized(now: now)
            if pacing.takeResize(now: now) { looks += 1 }
        }
        #expect(looks == 4)
    }
}
