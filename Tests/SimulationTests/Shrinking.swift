extension Program {
    /// Takes actions out for as long as the program still fails: chunks first, then one by one, until none can go.
    ///
    /// A network that breaks connections by itself does so elsewhere when less is sent. So a calm one is tried first, and where it
    /// has to be rough, each candidate is tried with a few seeds.
    ///
    /// - Parameters:
    ///   - runs: Attempts at most.
    ///   - fails: Whether a program fails in the way that counts.
    func shrunk(runs: Int = 600, while fails: (Program) -> Bool) -> Program {
        var best = self
        var left = runs
        func attempt(_ candidate: Program) -> Bool {
            for shift in 0..<(candidate.breaks ? 5 : 1) as Range<UInt64> where left > 0 {
                left -= 1
                var candidate = candidate
                candidate.seed &+= shift
                if fails(candidate) {
                    best = candidate
                    return true
                }
            }
            return false
        }
        var calm = self
        calm.breaks = false
        _ = attempt(calm)
        var size = max(1, best.actions.count / 2)
        while left > 0 {
            var start = 0
            var hasShrunk = false
            while start < best.actions.count, left > 0 {
                var candidate = best
                candidate.actions.removeSubrange(start..<min(start + size, best.actions.count))
                if attempt(candidate) { hasShrunk = true } else { start += size }
            }
            if size == 1, !hasShrunk { break }
            size = max(1, size / 2)
        }
        return best
    }

    /// The smallest program that has the same kind of fault.
    func shrunk(kind: Fault.Kind) -> Program { self.shrunk { ModelRun($0).run().first?.kind == kind } }
}
