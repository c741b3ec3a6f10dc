import AdminAPI
package import Terminal
package import TopModel

/// The whole screen, of the model's size: the same model and time give the same cells.
package func draw(_ model: TopModel, now: UInt64) -> CellBuffer {
    var frame = Frame(model, now: now)
    if model.size.width == 0 || model.size.height == 0 { return frame.buffer }
    if FrameLayout.isLine(model.size) {
        frame.drawLine()
        return frame.buffer
    }
    let layout = model.layout
    switch model.screen {
    case .overview: frame.drawOverview(layout.body)
    case .connections, .queues, .groups, .topics: frame.drawList(layout.body)
    case .events: frame.drawJournal(layout.body)
    }
    // What is no longer true is still worth reading, but not to be taken for the present.
    if model.isDown { frame.buffer.paint(layout.body, .dim) }
    if let header = layout.header { frame.drawHeader(header) }
    if let tabs = layout.tabs { frame.drawTabs(tabs) }
    if let banner = layout.banner { frame.drawBanner(banner) }
    if let prompt = layout.prompt { frame.drawPrompt(prompt) }
    if let status = layout.status { frame.drawStatus(status) }
    if let keys = layout.keys { frame.drawKeys(keys) }
    switch model.overlay {
    case .help: frame.drawHelp()
    case .confirm(let deed): frame.drawConfirm(deed)
    case nil: break
    }
    return frame.buffer
}

extension Frame {
    /// A screen too small for anything else: how the broker does.
    mutating func drawLine() {
        let width = self.model.size.width
        if case .confirm(let deed) = self.model.overlay {
            let name = deed.targets.first.map { self.shown($0.title) } ?? ""
            let question = deed.typed.map { "\(deed.verb.rawValue)? name: \(self.shown($0.string))" }
            return self.put(question ?? "y=\(deed.verb.rawValue) \(name)", x: 0, y: 0, width: width, .warn)
        }
        if self.model.overlay == .help { return self.put("q quit", x: 0, y: 0, width: width) }
        if self.model.isDown { return self.put("\(self.symbols.empty) NO CONNECTION", x: 0, y: 0, width: width, .crit) }
        guard let broker = self.model.data.broker else {
            return self.put("\(self.symbols.empty) connecting", x: 0, y: 0, width: width, .dim)
        }
        // Whole words or none: half a number is another number.
        let dropped = (broker.droppedPerS ?? 0) > 0 ? "drops \(Quantity.rate(broker.droppedPerS))" : nil
        let words = [
            String(self.symbols.full), dropped,
            "in \(Quantity.rate(broker.messagesInPerS))", "out \(Quantity.rate(broker.messagesOutPerS))",
        ]
        var line = ""
        for word in words.compactMap({ $0 }) {
            let longer = line.isEmpty ? word : line + " " + word
            if displayWidth(longer) <= width { line = longer }
        }
        self.put(line, x: 0, y: 0, width: width, dropped == nil ? .text : .warn)
    }
}
