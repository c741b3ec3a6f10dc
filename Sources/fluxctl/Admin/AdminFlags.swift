import CommandSpec
import Query

/// Flags of commands that list rows.
enum ListFlags {
    static let filter = Flag(
        "filter",
        .string("EXPR"),
        "Only rows that match: field=value, != > >= < <=, ~ and !~ for patterns; a space is and, | is or, ! is not; a bare word is "
            + "looked for in names. Quote it for the shell."
    )
    static let sort = Flag(
        "sort",
        .string("FIELDS"),
        "Order by these fields, the most important first, with - before one for descending: -messages_out_per_s,client_id."
    )
    static let limit = Flag(
        "limit",
        .integer("N", in: 1...10_000),
        "Rows at most; what is cut is said on standard error. Default: 1000."
    )
    static let cursor = Flag("cursor", .string("CURSOR"), "Go on after an earlier page: what its JSON says as next.")
    static let all = Flag(toggle: "all", "All rows, however many, page by page.")
    static let columns = Flag(
        "columns",
        .string("LIST"),
        "Fields to show: a,b exactly these, -c without one, +d with one more. Names are those of the JSON."
    )
    static let watch = Flag(
        "watch",
        short: "w",
        .duration("DURATION"),
        bare: "2s",
        "Look again and again, 2s apart or as said, 200ms to 1m: a terminal is drawn anew; elsewhere tables follow each other, and jsonl, "
            + "csv and templates get a line for each row that is new or changed."
    )

    static let rows = FlagGroup("Rows", filter, sort, limit, cursor, all, watch)
    static let shown = FlagGroup("Columns", columns)
    static let one = FlagGroup("Fields", columns)
}

/// Flags of commands that change something.
enum ChangeFlags {
    static let filter = Flag("filter", .string("EXPR"), "Instead of an ID: all rows that match; see fluxctl-conn(1).")
    static let dryRun = Flag(toggle: "dry-run", "Ask the broker what would change, and change nothing.")
    static let applyQueues = Flag(
        toggle: "apply-queues",
        "Give queues that exist the definition that the file has, where it differs from the stored one."
    )
    static let ifVersion = Flag(
        "if-version",
        .string("VERSION"),
        "Only if the row still has this version; otherwise the exit code is 5."
    )
    static let reason = Flag("reason", .string("TEXT"), "Why; it is kept in the audit events.")
    static let yes = Flag(toggle: "yes", short: "y", "Do not ask.")
    static let noInput = Flag(
        toggle: "no-input",
        "Never ask: what needs an answer fails with exit code 10. So it is too when standard input is no terminal."
    )

    static let ifExists = Flag(toggle: "if-exists", "What is not there is no error.")
    static let ifNotExists = Flag(toggle: "if-not-exists", "What is there already is no error, and stays as it is.")

    /// For verbs that take nothing away.
    static let change = FlagGroup("Change", dryRun, ifVersion, reason)
    /// For verbs that do, and that ask first.
    static let destroyOne = FlagGroup("Change", dryRun, ifVersion, reason, yes, noInput)
    static let destroyMany = FlagGroup("Change", filter, dryRun, ifVersion, reason, yes, noInput)
}
