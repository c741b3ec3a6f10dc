extension Program {
    /// Takes actions out for as long as the program still fails: chunks first, then one by one, until none can go.
    ///
    /// - Parameters:
    ///   - runs: Attempts at most.
    ///   - fails: Whether a program fails in the way that counts.
    func shrunk(runs: Int = 400, while fails: (Program) -> Bool) -> Program {
        var best = self
        var left = runs
        var size = max(1, best.actions.count / 2)
        while left > 0 {
            var start = 0
            var hasShrunk = false
            while start < best.actions.count, left > 0 {
                var candidate = best
                candidate.actions.removeSubrange(start..<min(start + size, best.actions.count))
                left -= 1
                if fails(candidate) {
                    best = candidate
                    hasShrunk = true
                } else {
                    start += size
                }
            }
            if size == 1, !hasShrunk { break }
            size = max(1, size / 2)
        }
        return best
    }

    /// The smallest program that has the same kind of fault.
    func shrunk(runs: Int = 400, kind: Fault.Kind, mutation: ModelRun.Mutation? = nil) -> Program {
        self.shrunk(runs: runs) { ModelRun($0, mutation: mutation).run().first?.kind == kind }
    }
}
