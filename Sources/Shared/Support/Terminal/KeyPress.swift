/// What a terminal reports that its user did.
package enum KeyPress: Equatable, Sendable {
    /// A character without control, in the case that was typed.
    case character(Character)
    /// Control and a letter, lower case: `.control("c")`.
    case control(Character)
    case up, down, left, right
    case pageUp, pageDown, home, end
    case insert, delete, backspace
    case enter, escape, tab, backTab
    /// F1 is 1.
    case function(Int)
    /// The terminal has another size now.
    case resize(ScreenSize)
}
