package import Terminal

/// Which panels the overview has room for, and where.
///
/// The model asks the server only for what stands here.
package struct OverviewPlan: Equatable, Sendable {
    package enum Panel: CaseIterable, Sendable {
        case traffic, node, counts, protocols, faults, slow, queues, topics, events
    }

    package struct Place: Equatable, Sendable {
        package var panel: Panel
        package var rect: Rect
    }

    package private(set) var places: [Place] = []
    /// Columns where a line stands between panels.
    package private(set) var separators: [Int] = []

    /// - Parameter withQueues: Whether there are any: without, nothing is drawn where they would be.
    package init(body: Rect, withQueues: Bool) {
        let columns = Self.columns(for: body.width).map { $0.filter { $0 != .queues || withQueues } }
        let gap = 3  // a line with a space to each side
        let widths = divide(
            body.width,
            among: columns.indices.map {
                Claim(min(34, body.width), body.width / columns.count - gap, upTo: body.width, rank: $0)
            },
            gap: gap
        )
        var x = body.x
        for (panels, width) in zip(columns, widths) {
            guard let width else { continue }
            if x > body.x { self.separators.append(x - 2) }
            self.stack(panels, in: Rect(x: x, y: body.y, width: width, height: body.height))
            x += width + gap
        }
    }

    package subscript(panel: Panel) -> Rect? { self.places.first { $0.panel == panel }?.rect }

    private static func columns(for width: Int) -> [[Panel]] {
        if width >= 150 {
            return [[.traffic, .protocols], [.node, .counts, .faults, .slow], [.queues, .topics, .events]]
        }
        if width >= 74 {
            return [[.traffic, .protocols, .topics], [.node, .counts, .faults, .queues, .slow, .events]]
        }
        return [[.traffic, .node, .queues, .slow, .counts, .topics, .protocols]]
    }

    private mutating func stack(_ panels: [Panel], in column: Rect) {
        let heights = divide(column.height, among: panels.map { self.claim($0, column) }, gap: 1)
        var y = column.y
        for (panel, height) in zip(panels, heights) {
            guard let height, height > 0 else { continue }
            self.places.append(Place(panel: panel, rect: Rect(x: column.x, y: y, width: column.width, height: height)))
            y += height + 1
        }
    }

    /// Heights with the title. Ranks say what an operator wants first: whether it works, whether somebody suffers, the rest.
    private func claim(_ panel: Panel, _ column: Rect) -> Claim {
        switch panel {
        case .traffic:
            // Figures have priority over everything else, graphs of several rows do not.
            Claim(
                min(Figure.allCases.count + 1, column.height),
                upTo: min(Figure.allCases.count * 7 + 1, column.height / 2),
                rank: 0
            )
        case .node: Claim(5, 6, rank: 1)
        case .slow: Claim(3, 6, upTo: 12, rank: 2)
        case .queues: Claim(3, 5, upTo: 12, rank: 3)
        case .counts: Claim(6, rank: 4)
        case .protocols: Claim(3, 5, rank: 6)
        case .topics: Claim(4, 6, upTo: column.height, rank: 5)
        case .faults: Claim(9, rank: 7)
        case .events: Claim(4, 8, upTo: column.height, rank: 8)
        }
    }
}

/// What the overview's graphs show, by the names of the series.
package enum Figure: String, CaseIterable, Sendable {
    case messagesIn = "messages_in_per_s"
    case messagesOut = "messages_out_per_s"
    case bytesIn = "bytes_in_per_s"
    case bytesOut = "bytes_out_per_s"
    case dropped = "dropped_per_s"
}
