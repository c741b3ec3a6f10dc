import Terminal
import Testing

@Suite("Themes")
struct ThemeTests {
    @Test(
        "the tier is what the environment says, and what the user says goes first",
        arguments: [
            (.auto, ["TERM": "xterm-256color"], true, .indexed256),
            (.auto, ["TERM": "xterm", "COLORTERM": "truecolor"], true, .truecolor),
            (.auto, ["TERM": "xterm", "COLORTERM": "24bit"], true, .truecolor),
            (.auto, ["TERM": "xterm"], true, .ansi16),
            (.auto, ["TERM": "linux"], true, .ansi8), (.auto, ["TERM": "vt100"], true, .mono),
            (.auto, ["TERM": "dumb"], true, .mono),
            (.auto, [:], true, .mono), (.auto, ["TERM": "xterm-256color", "NO_COLOR": "1"], true, .mono),
            (.auto, ["TERM": "xterm-256color", "NO_COLOR": ""], true, .indexed256),
            (.auto, ["TERM": "xterm-256color"], false, .mono),
            (.always, ["TERM": "xterm-256color", "NO_COLOR": "1"], false, .indexed256), (.always, [:], true, .ansi8),
            (.never, ["TERM": "xterm-256color", "COLORTERM": "truecolor"], true, .mono),
        ] as [(ColorChoice, [String: String], Bool, ColorTier)]
    )
    func tiers(_ choice: ColorChoice, _ environment: [String: String], _ isTerminal: Bool, _ tier: ColorTier) {
        #expect(ColorTier.detected(choice, environment: environment, isTerminal: isTerminal) == tier)
    }

    @Test("without colours, what matters still looks different from text", arguments: Theme.allCases)
    func mono(_ theme: Theme) {
        for role in Role.allCases {
            let style = theme.style(role, .mono)
            #expect(style.foreground == nil && style.background == nil)
        }
        let text = theme.style(.text, .mono)
        for role in [Role.sel, .crit, .warn, .new, .strong, .gone] { #expect(theme.style(role, .mono) != text) }
        #expect(theme.style(.sel, .mono) != theme.style(.crit, .mono))
    }

    @Test("the selected row, warnings and alarms are never alike", arguments: Theme.allCases, ColorTier.allCases)
    func distinct(_ theme: Theme, _ tier: ColorTier) {
        let styles = [Role.text, .sel, .warn, .crit].map { theme.style($0, tier) }
        for (index, style) in styles.enumerated() { #expect(!styles[..<index].contains(style)) }
    }

    @Test("with eight colours grey is dim, and not black", arguments: [Theme.standard, .light])
    func grey(_ theme: Theme) {
        #expect(theme.style(.dim, .ansi8) == Style(attributes: .dim))
        #expect(theme.style(.dim, .ansi16).foreground?.ansi == 8)
    }

    @Test("roles have different letters in dumps")
    func letters() { #expect(Set(Role.allCases.map(\.letter)).count == Role.allCases.count) }
}
