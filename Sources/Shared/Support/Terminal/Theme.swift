/// A colour in every way that a terminal may want it.
package struct Paint: Equatable, Sendable {
    /// 0xRRGGBB.
    package let rgb: UInt32
    /// Of the palette of 256.
    package let indexed: UInt8
    /// Of the palette of 16: 0 to 7, and 8 more for bright.
    package let ansi: UInt8

    package init(_ rgb: UInt32, _ indexed: UInt8, _ ansi: UInt8) {
        self.rgb = rgb
        self.indexed = indexed
        self.ansi = ansi
    }
}

/// How a role looks. A colour that is nil is the terminal's own.
package struct Style: Equatable, Sendable {
    package var foreground: Paint?
    package var background: Paint?
    package var attributes: Attributes

    package init(_ foreground: Paint, on background: Paint? = nil, _ attributes: Attributes = []) {
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
    }

    /// In the terminal's own colours.
    package init(attributes: Attributes = []) { self.attributes = attributes }

    package struct Attributes: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let bold = Attributes(rawValue: 1)
        package static let dim = Attributes(rawValue: 2)
        package static let underline = Attributes(rawValue: 4)
        package static let reverse = Attributes(rawValue: 8)
    }
}

/// Which colours roles have. Colour only repeats what words and glyphs say: every theme loses nothing in `mono`.
package enum Theme: String, CaseIterable, Sendable {
    case standard = "default"
    case highContrast = "high-contrast"
    case light
    case mono

    /// How the role looks where the terminal shows as many colours as `tier`.
    package func style(_ role: Role, _ tier: ColorTier) -> Style {
        if tier == .mono { return monochrome(role) }
        var style =
            switch self {
            case .standard: standardStyle(role)
            case .highContrast: highContrastStyle(role)
            case .light: lightStyle(role)
            case .mono: monochrome(role)
            }
        if tier == .ansi8, let ansi = style.foreground?.ansi, ansi > 7 {
            // Of eight colours none is bright. Bold is what terminals show for it, except that there grey may be as black as what
            // it stands on.
            if ansi == 8 { style.foreground = nil }
            style.attributes.insert(ansi == 8 ? .dim : .bold)
        }
        return style
    }
}

private let white = Paint(0xFFFFFF, 231, 15)
private let black = Paint(0x000000, 16, 0)

private func monochrome(_ role: Role) -> Style {
    switch role {
    case .text, .ok, .info, .graph1, .graph2, .barUsed, .barReserved: Style()
    case .dim, .gone, .barFree: Style(attributes: .dim)
    case .strong, .accent, .warn: Style(attributes: .bold)
    case .sel: Style(attributes: .reverse)
    case .crit: Style(attributes: [.reverse, .bold])
    case .new: Style(attributes: .underline)
    }
}

private func standardStyle(_ role: Role) -> Style {
    switch role {
    case .text, .ok: Style()
    case .dim, .gone, .barFree: Style(Paint(0x808080, 244, 8))
    case .strong: Style(attributes: .bold)
    case .accent: Style(Paint(0x5FAFD7, 74, 6), .bold)
    case .sel: Style(attributes: .reverse)
    case .info: Style(Paint(0x5FAFD7, 74, 6))
    case .warn: Style(Paint(0xFFD75F, 221, 3), .bold)
    case .crit: Style(white, on: Paint(0xAF0000, 124, 1), .bold)
    case .new: Style(attributes: .underline)
    case .graph1: Style(Paint(0x5F87D7, 68, 4))
    case .graph2: Style(Paint(0xFFAF5F, 215, 3))
    case .barUsed: Style(Paint(0x5F87D7, 68, 4))
    case .barReserved: Style(Paint(0xFFAF5F, 215, 3))
    }
}

private func highContrastStyle(_ role: Role) -> Style {
    switch role {
    case .text, .ok, .dim, .gone, .barFree: Style(white, on: black)
    case .strong, .new: Style(white, on: black, [.bold, .underline])
    case .accent, .info: Style(Paint(0x00FFFF, 51, 14), on: black, .bold)
    case .sel: Style(black, on: Paint(0xFFFF00, 226, 11), .bold)
    case .warn: Style(Paint(0xFFFF00, 226, 11), on: black, .bold)
    case .crit: Style(white, on: Paint(0xD70000, 160, 1), [.bold, .underline])
    case .graph1, .barUsed: Style(white, on: black, .bold)
    case .graph2, .barReserved: Style(Paint(0xFFFF00, 226, 11), on: black)
    }
}

private func lightStyle(_ role: Role) -> Style {
    switch role {
    case .text, .ok: Style()
    case .dim, .gone, .barFree: Style(Paint(0x6C6C6C, 242, 8))
    case .strong: Style(attributes: .bold)
    case .accent, .info: Style(Paint(0x005F87, 24, 4), .bold)
    case .sel: Style(attributes: .reverse)
    case .warn: Style(Paint(0x875F00, 94, 3), .bold)
    case .crit: Style(white, on: Paint(0xAF0000, 124, 1), .bold)
    case .new: Style(attributes: .underline)
    case .graph1, .barUsed: Style(Paint(0x005FAF, 25, 4))
    case .graph2, .barReserved: Style(Paint(0xAF5F00, 130, 3))
    }
}
