import AdminAPI
import Terminal
import TopModel

extension Frame {
    /// Context, node and its state, how long it runs, how often it is asked; the clock at the right.
    mutating func drawHeader(_ rect: Rect) {
        let clock = self.clockLabel(withSeconds: rect.width >= 60)
        var parts: [(run: Run, claim: Claim)] = []
        func add(_ text: String, _ role: Role, rank: Int, least: Int? = nil) {
            let width = displayWidth(text)
            if width > 0 { parts.append((Run(text, role), Claim(min(least ?? width, width), width, rank: rank))) }
        }
        add("fluxtop", .strong, rank: 6)
        add(self.shown(self.model.options.context), .accent, rank: 2, least: 4)
        let state = self.stateRun
        add(state.text, state.role, rank: 0, least: 24)
        if self.model.isDown, self.model.live.hello != nil {
            let at = self.model.live.lastAnswerAt
            let age = Quantity.duration(milliseconds: self.now >= at ? self.now - at : 0)
            add("frozen at \(self.timeOfDay(at)), \(age) old", .crit, rank: 3)
        }
        if self.model.isPaused { add("PAUSED", .warn, rank: 0) }
        if !self.model.isDown, let hello = self.model.data.hello {
            if let started = hello.startedAt?.unixMs, let time = self.model.data.serverTime(now: self.now) {
                let age = Quantity.duration(milliseconds: UInt64(max(0, time - started)))
                add("up \(age)", .text, rank: 3)
            }
            let interval = Quantity.duration(milliseconds: UInt64(self.model.options.intervalMs))
            add(
                "every \(self.model.options.intervalMs % 1_000 == 0 ? interval.replacingTenths : interval)",
                .dim,
                rank: 4
            )
        }
        add(clock, .dim, rank: 1)
        let widths = divide(rect.width, among: parts.map(\.claim), gap: 2)
        var x = rect.x
        for (index, part) in parts.enumerated() {
            guard let width = widths[index] else { continue }
            let isClock = index == parts.count - 1 && !clock.isEmpty
            self.put(part.run.text, x: isClock ? rect.maxX - width : x, y: rect.y, width: width, part.run.role)
            x += width + (index == 0 ? 1 : 2)
        }
    }

    private var stateRun: Run {
        switch self.model.link {
        case .connecting: return Run("\(self.symbols.empty) connecting", .dim)
        case .down: return Run("\(self.symbols.empty) NO CONNECTION", .crit)
        case .up:
            let node = self.shown(self.model.data.hello?.node ?? "")
            let state = self.model.data.broker.map { self.shown($0.state) } ?? ""
            // Graver than what the node says of itself: it serves, and keeps nothing.
            let storage = self.shown(self.model.data.broker?.storageState ?? "")
            if !storage.isEmpty, storage != "writable" {
                return Run("\(self.symbols.full) \(node) storage \(storage)", .crit)
            }
            let role: Role = state.isEmpty || state == "ready" ? .ok : .warn
            return Run("\(self.symbols.full) \(node)\(state.isEmpty ? "" : " " + state)", role)
        }
    }

    private func clockLabel(withSeconds: Bool) -> String {
        guard let time = self.model.localTime(now: self.now) else { return "" }
        return clockText(time, digits: withSeconds ? .seconds : .minutes)
    }

    /// The local time of a moment that was counted in monotonic milliseconds.
    private func timeOfDay(_ monotonic: UInt64) -> String {
        guard let time = self.model.localTime(now: self.now) else { return Quantity.unknown }
        return clockText(time &- Int64(clamping: self.now) &+ Int64(clamping: monotonic), digits: .seconds)
    }

    /// The screens; the open one in brackets.
    mutating func drawTabs(_ rect: Rect) {
        let names = TopScreen.allCases.map { screen in
            (screen, "\(screen.rawValue) \(self.tabTitle(screen, rect.width))")
        }
        let whole = names.reduce(0) { $0 + displayWidth($1.1) + 2 }
        guard whole <= rect.width else {
            let current = names.first { $0.0 == self.model.screen }?.1 ?? ""
            self.put([Run("[\(current)]", .strong), Run("  1-\(names.count) other screens", .dim)], in: rect)
            return
        }
        var x = rect.x
        for (screen, name) in names {
            let isOpen = screen == self.model.screen
            x = self.buffer.draw(isOpen ? "[\(name)]" : " \(name) ", x: x, y: rect.y, isOpen ? .strong : .dim)
        }
    }

    private func tabTitle(_ screen: TopScreen, _ width: Int) -> String {
        let title = screen.name.capitalizedFirst
        guard width >= FrameLayout.widthForDetail else { return title }
        let count: UInt64? =
            switch screen {
            case .connections: self.model.data.broker?.connections
            case .queues: self.model.data.queues.total ?? self.model.data.deepest.total
            case .groups: self.model.data.groups.total
            case .overview, .topics, .events: nil
            }
        return count.map { "\(title) \(Quantity.count($0))" } ?? title
    }

    /// What is wrong with the connection, and what can be done.
    mutating func drawBanner(_ rect: Rect) {
        guard case .down(let outage) = self.model.link else { return }
        let wait = outage.retryAt > self.now ? outage.retryAt - self.now : 0
        let place = self.model.options.endpoint.isEmpty ? "fluxd" : self.model.options.endpoint
        self.put("!! \(self.shown("\(place): \(outage.reason)"))", x: rect.x, y: rect.y, width: rect.width, .crit)
        guard let second = rect.line(1) else { return }
        let next = wait == 0 ? "trying again" : "try \(outage.attempt + 1) in \((wait + 999) / 1_000) s (r = at once)"
        let text = "!! \(next)   moving through what is here works, the rest does not"
        self.put(text, x: second.x, y: second.y, width: second.width, .warn)
    }
}

enum ClockDigits {
    case minutes, seconds, milliseconds
}

/// The time of day: `14:02`, `14:02:07`, `14:02:07.101`.
///
/// - Parameter time: Milliseconds since the start of some day.
func clockText(_ time: Int64, digits: ClockDigits) -> String {
    let day: Int64 = 86_400_000
    let ms = (time % day + day) % day
    func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let minutes = "\(two(ms / 3_600_000)):\(two(ms / 60_000 % 60))"
    if digits == .minutes { return minutes }
    let seconds = "\(minutes):\(two(ms / 1_000 % 60))"
    if digits == .seconds { return seconds }
    let rest = String(ms % 1_000)
    return "\(seconds).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
}

extension String {
    /// `1.0s` as `1s`: an interval is exact.
    fileprivate var replacingTenths: String { self.hasSuffix(".0s") ? self.dropLast(3) + "s" : self }
}
