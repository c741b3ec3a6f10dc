@preconcurrency import CNcursesw
import Glibc
import Terminal

/// The terminal through ncurses: a ``CellBuffer`` goes out, only where it differs from the one before; keys come in.
///
/// The only file that knows curses, which is single-threaded and keeps its state in globals: there is one of these, on the main
/// thread.
@MainActor
final class CursesTerminal {
    private let screen: OpaquePointer
    private let window: UnsafeMutablePointer<WINDOW>
    private let theme: Theme
    private let tier: ColorTier
    private let synchronizes: Bool
    private var attributes: [attr_t] = []
    /// What the window holds.
    private var shown: CellBuffer?
    private(set) var isSuspended = false

    /// - Parameter tier: What the environment says; a terminal that knows fewer colours gets fewer.
    init(theme: Theme, tier: ColorTier, environment: [String: String]) throws(TerminalProblem) {
        let term = environment["TERM"] ?? ""
        if term.isEmpty { throw TerminalProblem("TERM is not set", hint: "set it: TERM=xterm-256color fluxtop") }
        setenv("TERMINFO_DIRS", environment["TERMINFO_DIRS"] ?? terminfoDirectories, 1)
        setenv("ESCDELAY", "25", 1)
        // Without this ncurses takes the size from LINES and COLUMNS where a shell exports them.
        use_tioctl(true)
        var code: Int32 = 0
        // newterm would end the program where setupterm says what is wrong.
        guard setupterm(nil, STDOUT_FILENO, &code) == OK else {
            throw TerminalProblem(
                code == 0 ? "the terminal type '\(safe(term))' is not known" : "there is no terminfo database",
                hint: "try TERM=xterm-256color, or fluxtop -b for output without a terminal"
            )
        }
        guard tigetstring("cup") != nil, tigetflag("hc") <= 0 else {
            throw TerminalProblem(
                "a terminal of type '\(safe(term))' cannot move its cursor",
                hint: "try fluxtop -b for output without a terminal"
            )
        }
        let rescue = ["rmkx", "sgr0", "op", "cnorm", "rmcup"].compactMap { tigetstring($0) }.joined()
        self.synchronizes = knowsSynchronizedOutput(term)
        CrashRestore.arm(
            terminal: STDOUT_FILENO,
            bytes: Array((self.synchronizes ? endSynchronized : []) + rescue.utf8)
        )

        guard let screen = newterm(nil, stdout, stdin), let window = newwin(0, 0, 0, 0) else {
            CrashRestore.disarm()
            throw TerminalProblem("the terminal cannot be set up", hint: "try fluxtop -b")
        }
        self.screen = screen
        self.window = window
        self.theme = theme
        self.tier = tier
        cbreak()
        noecho()
        nonl()
        curs_set(0)
        keypad(window, true)
        nodelay(window, true)
        leaveok(window, true)
        self.setUpColours()
        self.resize()
    }

    /// Back to how the terminal was found.
    func close() {
        if !self.isSuspended { endwin() }
        delwin(self.window)
        delscreen(self.screen)
        CrashRestore.disarm()
    }

    /// Leaves the terminal to others, as for Ctrl-Z.
    func suspend() {
        guard !self.isSuspended else { return }
        self.isSuspended = true
        endwin()
        CrashRestore.disarm()
    }

    /// Takes the terminal again; what is on it is not known any more.
    func resume() {
        CrashRestore.rearm()
        self.isSuspended = false
        reset_prog_mode()
        self.redrawAll()
    }

    // MARK: Size

    var size: ScreenSize { ScreenSize(width: Int(getmaxx(self.window)), height: Int(getmaxy(self.window))) }

    /// Asks the terminal for its size and fits the window to it.
    func resize() {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return }
        let (rows, columns) = (Int32(min(size.ws_row, 1_000)), Int32(min(size.ws_col, 1_000)))
        resizeterm(rows, columns)
        wresize(self.window, rows, columns)
        self.redrawAll()
    }

    private func redrawAll() {
        self.shown = nil
        clearok(self.window, true)
    }

    // MARK: Output

    private func setUpColours() {
        var tier = self.theme == .mono ? .mono : self.tier
        if tier > .mono {
            guard start_color() == OK, has_colors() else { return self.setUpColours(.mono) }
            use_default_colors()
            let known: ColorTier =
                COLORS >= 1 << 24 ? .truecolor : COLORS >= 256 ? .indexed256 : COLORS >= 16 ? .ansi16 : .ansi8
            tier = min(tier, known)
        }
        self.setUpColours(tier)
    }

    private func setUpColours(_ tier: ColorTier) {
        self.attributes = Role.allCases.map { role in
            let style = self.theme.style(role, tier)
            var attributes = attr_t(0)
            if style.attributes.contains(.bold) { attributes |= fluxtop_bold }
            if style.attributes.contains(.dim) { attributes |= fluxtop_dim }
            if style.attributes.contains(.underline) { attributes |= fluxtop_underline }
            if style.attributes.contains(.reverse) { attributes |= fluxtop_reverse }
            if tier > .mono {
                let foreground = style.foreground.map { $0.number(tier) } ?? -1
                let background = style.background.map { $0.number(tier) } ?? -1
                init_extended_pair(pair(role), foreground, background)
            }
            return attributes
        }
    }

    /// Brings the terminal to show the buffer.
    func show(_ buffer: CellBuffer) {
        guard !self.isSuspended else { return }
        let old = self.shown?.size == buffer.size ? self.shown : nil
        for y in 0..<min(buffer.height, self.size.height) where old?.isRow(y, equalTo: buffer) != true {
            self.write(buffer, row: y)
        }
        self.shown = buffer
        wnoutrefresh(self.window)
        if self.synchronizes { writeToTerminal(beginSynchronized) }
        doupdate()
        if self.synchronizes { writeToTerminal(endSynchronized) }
    }

    /// One call of curses for each run of cells that look alike.
    private func write(_ buffer: CellBuffer, row y: Int) {
        let width = min(buffer.width, self.size.width)
        var x = 0
        while x < width {
            let role = buffer[x, y].role
            let start = x
            var text: [wchar_t] = []
            while x < width, buffer[x, y].role == role {
                append(buffer[x, y], to: &text)
                x += 1
            }
            var number = pair(role)
            wattr_set(self.window, self.attributes[Int(role.rawValue)], Int16(number), &number)
            // The last cell of the last row is an error because the cursor cannot go on; the cell is there all the same.
            mvwaddnwstr(self.window, Int32(y), Int32(start), text, Int32(text.count))
        }
    }

    // MARK: Keys

    enum Input: Equatable {
        case key(KeyPress)
        /// What came means nothing here.
        case unknown
        /// Nothing is there at the moment.
        case none
    }

    /// The next thing that was typed. Never waits, except 25 ms after an Esc for what may follow it.
    func read() -> Input {
        var code = wint_t(0)
        switch wget_wch(self.window, &code) {
        case OK: return keyPress(character: UInt32(code)).map { .key($0) } ?? .unknown
        case KEY_CODE_YES: return keyPress(function: Int32(bitPattern: UInt32(code))).map { .key($0) } ?? .unknown
        default: return .none
        }
    }
}

/// Why there is no full-screen display, and what to do.
struct TerminalProblem: Error {
    let message: String
    let hint: String

    init(_ message: String, hint: String) {
        self.message = message
        self.hint = hint
    }
}

private let terminfoDirectories =
    "/etc/terminfo:/lib/terminfo:/usr/share/terminfo:/usr/lib/terminfo:/usr/local/share/terminfo"

/// DEC private mode 2026. Source: Synchronized Output, github.com/contour-terminal/vt-extensions.
private let beginSynchronized = Array("\u{1B}[?2026h".utf8)
private let endSynchronized = Array("\u{1B}[?2026l".utf8)

/// Terminals that are known to have it by their name; terminfo has no entry for it that one could count on.
private func knowsSynchronizedOutput(_ term: String) -> Bool {
    ["xterm-kitty", "foot", "alacritty", "wezterm", "contour", "xterm-ghostty"].contains { term.hasPrefix($0) }
}

private func writeToTerminal(_ bytes: [UInt8]) {
    _ = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
}

/// A capability of the terminal; nil if it has none of that name.
@MainActor
private func tigetstring(_ name: String) -> String? {
    guard let value = tigetstr(name), Int(bitPattern: value) != -1 else { return nil }
    return String(cString: value)
}

/// How many cells the C library gives a character in the current locale: 1 or 2; 0 and less for what has no width.
func libraryWidth(of scalar: Unicode.Scalar) -> Int { Int(fluxtop_width(wchar_t(scalar.value))) }

private func pair(_ role: Role) -> Int32 { Int32(role.rawValue) + 1 }

/// The cell as curses takes it. Where the C library sees another width than the layout, a question mark keeps the columns.
private func append(_ cell: Cell, to text: inout [wchar_t]) {
    if cell.width == 0 { return }
    let scalars = cell.text.unicodeScalars.map { wchar_t($0.value) }
    guard let first = scalars.first, fluxtop_width(first) == Int32(cell.width),
        scalars.dropFirst().allSatisfy({ fluxtop_width($0) == 0 })
    else {
        text += Array(repeating: wchar_t(UInt8(ascii: "?")), count: Int(cell.width))
        return
    }
    text += scalars
}

private func keyPress(character code: UInt32) -> KeyPress? {
    switch code {
    case 0x0D, 0x0A: return .enter
    case 0x09: return .tab
    case 0x1B: return .escape
    case 0x7F, 0x08: return .backspace
    case 0x01...0x1A: return Unicode.Scalar(code + 0x60).map { .control(Character($0)) }
    case 0..<0x20, 0x80..<0xA0: return nil
    default: return Unicode.Scalar(code).map { .character(Character($0)) }
    }
}

private func keyPress(function code: Int32) -> KeyPress? {
    switch code {
    case KEY_UP: .up
    case KEY_DOWN: .down
    case KEY_LEFT: .left
    case KEY_RIGHT: .right
    case KEY_PPAGE: .pageUp
    case KEY_NPAGE: .pageDown
    case KEY_HOME: .home
    case KEY_END: .end
    case KEY_IC: .insert
    case KEY_DC: .delete
    case KEY_BACKSPACE: .backspace
    case KEY_ENTER: .enter
    case KEY_BTAB: .backTab
    case (KEY_F0 + 1)...(KEY_F0 + 12): .function(Int(code - KEY_F0))
    default: nil
    }
}

extension Paint {
    fileprivate func number(_ tier: ColorTier) -> Int32 {
        switch tier {
        case .truecolor: Int32(bitPattern: self.rgb)
        case .indexed256: Int32(self.indexed)
        case .ansi16: Int32(self.ansi)
        case .ansi8, .mono: Int32(self.ansi % 8)
        }
    }
}
