import Configuration
import Testing

@Suite("Lists of sections")
struct SectionListTests {
    struct Wing: Equatable, Sendable {
        var name = ""
        var floors = 1
        var roof: String?
        var doors = Doors()
    }

    struct Doors: Equatable, Sendable {
        var front = 1
        var lock = Lock()
    }

    struct Lock: Equatable, Sendable {
        var kind = "bolt"
        var codes: [Int] = []
    }

    struct Castle: Equatable, Sendable { var wings: [Wing] = [] }

    static let description = ConfigDescription<Castle>(
        keys: [
            ConfigKey(
                "wings",
                \.wings,
                .sections(
                    Wing(),
                    of: ConfigDescription(
                        keys: [
                            ConfigKey("name", \.name, .string(), "Its name."),
                            ConfigKey("doors.front", \.doors.front, .integer(0...4), unit: "doors", "In front."),
                            ConfigKey("doors.lock.kind", \.doors.lock.kind, .string(), aliases: ["sort"], "Lock."),
                            ConfigKey(
                                "doors.lock.codes",
                                \.doors.lock.codes,
                                .list(of: .integer(0...9), allowed: "a list of digits"),
                                "Who may."
                            ),
                            ConfigKey("floors", \.floors, .integer(1...5), "Above ground."),
                            ConfigKey("roof", \.roof, .optional(.string()), defaultRule: "none", "Its roof."),
                        ],
                        refusals: [ConfigRefusal("moat", "is dry"), ConfigRefusal("guard", "is posted", accepts: .on)],
                        required: ["name"]
                    )
                ),
                live: true,
                "What it is made of."
            )
        ]
    )

    static func decode(_ text: String, set overrides: [String] = []) throws(ConfigError) -> Castle {
        var castle = Castle()
        var places: ConfigDescription<Castle>.Places = [:]
        if let document = try YAMLParser.parse(Array(text.utf8), file: "f") {
            try Self.description.decode(document, file: "f", into: &castle, places: &places)
        }
        for override in overrides { try Self.description.apply(override: override, to: &castle, places: &places) }
        return castle
    }

    static let text = """
        wings:
          - name: east
            floors: 3
            doors:
              lock: {sort: "key: 5", codes: [1, 2]}
          - {name: west, roof: tin, moat: {enabled: false}, guard: true}
        """
    static let castle = Castle(wings: [
        Wing(name: "east", floors: 3, doors: Doors(lock: Lock(kind: "key: 5", codes: [1, 2]))),
        Wing(name: "west", roof: "tin"),
    ])

    @Test("sections in sections are read, and what is not written has its default")
    func reads() throws { #expect(try Self.decode(Self.text) == Self.castle) }

    @Test("what is printed decodes to the same value, every key in a line of its own")
    func printed() throws {
        #expect(try Self.decode(Self.description.yaml(Self.castle)) == Self.castle)
        #expect(
            Self.description.yaml(Self.castle) == """
                wings:
                  - name: "east"
                    doors:
                      front: 1
                      lock:
                        kind: "key: 5"
                        codes: [1, 2]
                    floors: 3
                  - name: "west"
                    doors:
                      front: 1
                      lock:
                        kind: "bolt"
                        codes: []
                    floors: 1
                    roof: "tin"

                """
        )
        #expect(Self.description.yaml(Castle()) == "wings: []\n")
    }

    @Test("on one line stands what is not the default, and decodes to the same value too")
    func compact() throws {
        let value = Self.description.entries(Self.castle, defaults: Castle())[0].value
        #expect(
            value
                == #"[{name: "east", doors: {lock: {kind: "key: 5", codes: [1, 2]}}, floors: 3}, {name: "west", roof: "tin"}]"#
        )
        #expect(try Self.decode("wings: \(value)") == Self.castle)
    }

    @Test(
        "every mistake is named with its place, its item and its key",
        arguments: [
            ("wings: [{name: a, floors: 9}]", ["f:1:27: wings[0].floors: 9 is out of range; allowed: 1...5"]),
            (
                "wings: [{name: a}, {name: b, doors: {frnt: 1}}]",
                ["f:1:38: unknown key 'frnt' in wings[1].doors; did you mean 'front'?"]
            ),
            (
                "wings: [{name: a, front: 1}]",
                ["f:1:19: unknown key 'front' in wings[0]; did you mean 'doors.front'?"]
            ),
            (
                "wings: [{name: a, doors: {lock: {codes: [1, 12]}}}]",
                ["f:1:45: wings[0].doors.lock.codes[1]: 12 is out of range; allowed: 0...9"]
            ),
            (
                "wings: [{name: a, doors: 3}]",
                ["f:1:26: wings[0].doors: this is a section of keys, found a value; allowed: front, lock"]
            ),
            (
                "wings: [{name: a, doors: {lock: {kind: a, sort: b}}}]",
                [
                    "f:1:43: wings[0].doors.lock.sort: wings[0].doors.lock.kind is the same key under another name; write one of them"
                ]
            ),
            ("wings: [{floors: 1}]", ["f:1:9: wings[0]: name is missing"]),
            ("wings: [{nme: a}]", ["f:1:10: unknown key 'nme' in wings[0]; did you mean 'name'?"]),
            ("wings: [{name: [a]}]", ["f:1:16: wings[0].name: needs one value, found a list; allowed: any text"]),
            ("wings: [{name: a, moat: {deep: 3}}]", ["f:1:19: wings[0].moat is dry"]),
            ("wings: [{name: a, guard: false}]", ["f:1:19: wings[0].guard is posted"]),
            (
                "wings:\n  - floors: 0\n    doors: {front: 7}\n  - name: b\n    roofs: tin\n",
                [
                    "f:2:13: wings[0].floors: 0 is out of range; allowed: 1...5",
                    "f:3:20: wings[0].doors.front: 7 is out of range; allowed: 0...4",
                    "f:2:5: wings[0]: name is missing",
                    "f:5:5: unknown key 'roofs' in wings[1]; did you mean 'roof'?",
                ]
            ),
        ]
    )
    func mistakes(text: String, lines: [String]) {
        #expect { try Self.decode(text) } throws: { "\($0)" == lines.joined(separator: "\n") }
    }

    @Test("the command line can empty the list, and says that sections belong into a file")
    func overrides() throws {
        #expect(try Self.decode(Self.text, set: ["wings="]) == Castle())
        #expect { try Self.decode("", set: ["wings=east"]) } throws: {
            "\($0)".hasPrefix("--set wings=east: wings[0]: this is a section of keys, found a value; allowed: name")
        }
    }

    @Test("each part has a place for what is found wrong later")
    func places() throws {
        var castle = Castle()
        var places: ConfigDescription<Castle>.Places = [:]
        let document = try #require(try YAMLParser.parse(Array(Self.text.utf8), file: "f"))
        try Self.description.decode(document, file: "f", into: &castle, places: &places)
        func line(_ key: String) -> String { "\(ConfigError("x", key: key).placed(by: places))" }
        #expect(line("wings[0].doors.lock.codes[1]") == "f:5:41: x")
        #expect(line("wings[0].doors.lock.kind") == "f:5:13: x")
        #expect(line("wings[1].roof") == "f:6:24: x")
        #expect(line("wings[1].floors") == "f:6:5: x")
    }

    @Test("the manual has the keys of the sections, under a heading that says whose they are")
    func manual() {
        let text = Self.description.manual(defaults: Castle())
        #expect(
            text.contains(
                ".Ss wings\n.Bl -tag -width Ds\n.It Ic wings\nType: list of sections, each with the keys of \\fBwings[]\\fR.\n"
            )
        )
        #expect(
            text.contains(
                ".Ss wings[]\n.Bl -tag -width Ds\n.It Ic name\nType: text, any text.\nIt has to be written.\n"
            )
        )
        #expect(text.contains(".It Ic floors\nType: integer, 1...5.\nDefault: \\fB1\\fR.\n"))
        #expect(text.contains(".Ss wings[].doors.lock\n"))
        #expect(Self.description.refusalManual().contains(".It Ic wings[].moat\nThis key is dry."))
    }
}
