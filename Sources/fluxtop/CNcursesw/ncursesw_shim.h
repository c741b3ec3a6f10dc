#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>
#include <wchar.h>

// Macros with casts, which Swift does not import.
static const attr_t fluxtop_bold = WA_BOLD;
static const attr_t fluxtop_dim = WA_DIM;
static const attr_t fluxtop_underline = WA_UNDERLINE;
static const attr_t fluxtop_reverse = WA_REVERSE;

// wcwidth of the C library, whose opinion curses shares; its header hides it from Swift.
static inline int fluxtop_width(wchar_t character) {
    extern int wcwidth(wchar_t);
    return wcwidth(character);
}
