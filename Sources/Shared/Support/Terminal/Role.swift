/// What a cell means. Screens name roles; only a ``Theme`` knows colours.
package enum Role: UInt8, CaseIterable, Sendable {
    case text, dim, strong, accent
    /// The row under the cursor.
    case sel
    case ok, info, warn, crit
    /// An object that appeared a moment ago.
    case new
    /// An object that vanished and is kept in view.
    case gone
    case graph1, graph2
    case barUsed, barReserved, barFree

    /// One character each, for dumps that tests compare.
    package var letter: Character {
        switch self {
        case .text: "."
        case .dim: "d"
        case .strong: "s"
        case .accent: "a"
        case .sel: "S"
        case .ok: "o"
        case .info: "i"
        case .warn: "w"
        case .crit: "C"
        case .new: "n"
        case .gone: "g"
        case .graph1: "1"
        case .graph2: "2"
        case .barUsed: "u"
        case .barReserved: "r"
        case .barFree: "f"
        }
    }
}
