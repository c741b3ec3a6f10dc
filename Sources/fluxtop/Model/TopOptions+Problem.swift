extension TopOptions {
    /// What cannot be done about these options, in words for whoever wrote them; nil if nothing.
    package var problem: String? {
        guard (200...60_000).contains(self.intervalMs) else {
            return "the interval is \(self.intervalMs) ms, and it has to be 200 ms to 60 s"
        }
        guard let kind = self.screen.table else {
            if !self.sort.isEmpty || !self.columns.isEmpty {
                return "the screen '\(self.screen.name)' has no columns to choose or to sort by"
            }
            return self.screen == .overview && !self.filter.isEmpty ? "the screen 'overview' takes no filter" : nil
        }
        let known = kind.columns.map(\.name).joined(separator: ", ")
        for name in self.columns where kind.column(name) == nil {
            return "no column '\(name)' in \(kind.name); there are \(known)"
        }
        let sort = SortChoice(text: self.sort).column
        if !sort.isEmpty, kind.column(sort)?.isSortable != true {
            return "\(kind.name) cannot be sorted by '\(sort)'; there are \(known)"
        }
        return nil
    }
}
