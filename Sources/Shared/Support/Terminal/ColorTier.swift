/// How many colours a terminal shows.
package enum ColorTier: Int, CaseIterable, Comparable, Sendable {
    case mono, ansi8, ansi16, indexed256, truecolor

    package static func < (left: ColorTier, right: ColorTier) -> Bool { left.rawValue < right.rawValue }

    /// What the environment says about the terminal. Source: no-color.org, `COLORTERM` as terminals set it, names in terminfo.
    package static func detected(_ choice: ColorChoice, environment: [String: String], isTerminal: Bool) -> ColorTier {
        let term = environment["TERM"] ?? ""
        switch choice {
        case .never: return .mono
        case .auto:
            let refuses = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
            if refuses || !isTerminal || term.isEmpty || term == "dumb" || term.hasPrefix("vt") { return .mono }
        case .always: break
        }
        if ["truecolor", "24bit"].contains(environment["COLORTERM"] ?? "") || term.hasSuffix("-direct") {
            return .truecolor
        }
        if term.contains("256color") { return .indexed256 }
        let sixteen = ["xterm", "screen", "tmux", "rxvt", "alacritty", "foot", "kitty", "konsole", "putty"]
        return sixteen.contains { term.hasPrefix($0) } ? .ansi16 : .ansi8
    }
}

/// As `--color` takes it.
package enum ColorChoice: String, CaseIterable, Sendable {
    case auto, always, never
}
