import Configuration
import Testing

@Suite("Configuration descriptions")
struct ConfigDescriptionTests {
    enum Color: String, Sendable { case red, green }

    struct Paint: Equatable, Sendable {
        var color = Color.red
        var coats = 1
        var glossy: Bool?
    }

    struct House: Equatable, Sendable {
        var name = "home"
        var rooms: UInt8 = 3
        var area = 1 << 20
        var lease: Duration = .seconds(90)
        var isOpen = false
        var tags: [String] = []
        var slope = 0.5
        var heights: [UInt8] = []
        var keys: [Key] = []
        var door = Paint()
    }

    struct Key: Equatable, Sendable {
        var name = ""
        var copies = 1
    }

    static let paintKeys: [ConfigKey<Paint>] = [
        ConfigKey("color", \.color, .choice([.red, .green], refusing: ["blue": "is out of stock"]), "Its color."),
        ConfigKey("coats", \.coats, .integer(1...9), unit: "coats", "How thick it is."),
        ConfigKey("glossy", \.glossy, .optional(.bool), defaultRule: "as it comes", "Whether it shines."),
    ]
    static let description = ConfigDescription<House>(
        keys: [
            ConfigKey("house.name", \.name, .string(), aliases: ["title"], "What it is called."),
            ConfigKey("house.rooms", \.rooms, .integer(0...200), unit: "rooms", "Rooms. 0 is a tent."),
            ConfigKey("house.area", \.area, .bytes(1_024...(1 << 30)), "Size; see `df -h`."),
            ConfigKey("house.lease", \.lease, .duration(.zero ... .seconds(3_600)), "Time."),
            ConfigKey("house.is_open", \.isOpen, .bool, "Open to all."),
            ConfigKey("house.tags", \.tags, .strings, "Labels."),
            ConfigKey("house.slope", \.slope, .decimal(0...2), aliases: ["roof.pitch"], "How steep the roof is."),
            ConfigKey(
                "house.heights",
                \.heights,
                .list(of: .integer(1...9), allowed: "a list of heights"),
                "Of rooms."
            ),
            ConfigKey(
                "house.keys",
                \.keys,
                .sections(
                    Key(),
                    of: ConfigDescription(
                        keys: [
                            ConfigKey("name", \.name, .string(), "Whose it is."),
                            ConfigKey("copies", \.copies, .integer(1...3), "How many there are."),
                        ],
                        required: ["name", "copies"]
                    )
                ),
                "Who has one."
            ),
        ] + paintKeys.map { $0.nested(in: "house.door.paint", \.door) },
        refusals: [
            ConfigRefusal("garden", "is not supported yet"),
            ConfigRefusal("house.moat", "has no place here", accepts: .nothing),
            ConfigRefusal("house.roof.color", "is red", accepts: .nothing),
        ],
        sectionAliases: ["home": "house", "house.gate": "house.door"]
    )

    static func decode(_ text: String, overrides: [String] = []) throws(ConfigError) -> House {
        var house = House()
        var places: ConfigDescription<House>.Places = [:]
        if let document = try YAMLParser.parse(Array(text.utf8), file: "f") {
            try Self.description.decode(document, file: "f", into: &house, places: &places)
        }
        for override in overrides { try Self.description.apply(override: override, to: &house, places: &places) }
        return house
    }

    static var changed: House {
        House(
            name: "a \"quoted\" \\ name",
            rooms: 7,
            area: 65_536,
            lease: .milliseconds(1_500),
            isOpen: true,
            tags: ["x", "y z", "null"],
            slope: 1.6667,
            heights: [2, 3],
            keys: [Key(name: "a, b", copies: 2), Key(name: "{", copies: 3)],
            door: Paint(color: .green, coats: 2, glossy: true)
        )
    }

    @Test("every type of value is read")
    func reads() throws {
        let text = """
            house:
              name: 'a "quoted" \\ name'
              rooms: 7
              area: 64KiB
              lease: 1.5s
              is_open: true
              tags: [x, "y z", 'null']
              slope: 1.6667
              heights: [2, 3]
              keys:
                - name: a, b
                  copies: 2
                - {copies: 3, name: "{"}
              door: {paint: {color: green, coats: 2, glossy: true}}
            """
        #expect(try Self.decode(text) == Self.changed)
    }

    @Test("nothing written leaves the defaults", arguments: ["", "house:\n", "house:\n  door:\n", "house: {}\n"])
    func defaults(text: String) throws { #expect(try Self.decode(text) == House()) }

    @Test("what is printed decodes to the same value", arguments: [House(), changed])
    func roundTrip(house: House) throws { #expect(try Self.decode(Self.description.yaml(house)) == house) }

    @Test("another name of a section, or of a key elsewhere, is the same")
    func otherNames() throws {
        let house = try Self.decode("home: {gate: {paint: {coats: 4}}, roof: {pitch: 1}}")
        #expect(house.door.coats == 4)
        #expect(house.slope == 1)
        #expect(try Self.decode("house: {rooms: 2}", overrides: ["home.rooms=5"]).rooms == 5)
        #expect(try Self.decode("", overrides: ["house.heights=1,2", "house.tags="]).heights == [1, 2])
    }

    @Test("an error's place is looked up where its key was written, else in the section or list around it")
    func places() throws {
        var house = House()
        var places: ConfigDescription<House>.Places = [:]
        let text = "house:\n  tags: [a, b]\n  keys:\n    - {name: a, copies: 1}\n    - name: b\n      copies: 2\n"
        let document = try #require(try YAMLParser.parse(Array(text.utf8), file: "f"))
        try Self.description.decode(document, file: "f", into: &house, places: &places)
        func line(_ key: String) -> String { "\(ConfigError("x", key: key).placed(by: places))" }
        #expect(line("house.tags[1]") == "f:2:13: x")
        #expect(line("house.keys[1].copies") == "f:6:15: x")
        #expect(line("house.keys[1]") == "f:5:7: x")
        #expect(line("house.keys[7].name") == "f:4:5: x")
        #expect(line("house.rooms") == "f:1:1: x")
        #expect(line("garden.trees") == "x")
        try Self.description.apply(override: "house.tags=c", to: &house, places: &places)
        #expect(line("house.tags[1]") == "--set house.tags=c: x")
    }

    @Test("a reload leaves what takes a restart, and what is said to wait for one")
    func reloading() {
        let description = ConfigDescription<House>(
            keys: [
                ConfigKey("rooms", \.rooms, .integer(0...200), live: true, "Rooms."),
                ConfigKey("area", \.area, .bytes(1...2), live: true, "Size."),
                ConfigKey("name", \.name, .string(), "Name."),
            ]
        )
        let merged = description.reloading(House(), to: Self.changed) { $0 == "area" }
        #expect(merged == House(rooms: 7))
    }

    @Test("an override goes over the file and takes its value as it is")
    func overrides() throws {
        let house = try Self.decode(
            "house: {rooms: 1, name: x}\n",
            overrides: ["house.rooms=9", "house.name=a=b", "house.tags=p,q", "house.lease=5s", "house.title=null"]
        )
        #expect(house.rooms == 9)
        #expect(house.name == "null")
        #expect(house.tags == ["p", "q"])
        #expect(house.lease == .seconds(5))
    }

    @Test(
        "a bad file is refused with place, key, what is allowed and a suggestion",
        arguments: [
            ("house: {rooms: 201}", "f:1:16: house.rooms: 201 is out of range; allowed: 0...200"),
            ("house: {rooms: 300}", "f:1:16: house.rooms: 300 is out of range; allowed: 0...200"),
            ("house: {rooms: -1}", "f:1:16: house.rooms: -1 is out of range; allowed: 0...200"),
            ("house: {rooms: many}", "f:1:16: house.rooms: 'many' is not an integer; allowed: 0...200"),
            (
                "house: {rooms: '5'}",
                "f:1:16: house.rooms: \"5\" is text, not an integer; write it without quotes; allowed: 0...200"
            ),
            ("house:\n  rooms:\n", "f:2:3: house.rooms: needs one value, found nothing; allowed: 0...200"),
            ("house: {rooms: [1]}", "f:1:16: house.rooms: needs one value, found a list; allowed: 0...200"),
            (
                "house: {area: 5M}",
                "f:1:15: house.area: '5M' is not a size such as 1048576, 64KiB or 10MB; allowed: 1KiB...1GiB"
            ),
            ("house: {area: 12}", "f:1:15: house.area: 12 bytes is out of range; allowed: 1KiB...1GiB"),
            (
                "house: {lease: 60}",
                "f:1:16: house.lease: '60' is not a duration such as 300ms, 5s or 1m30s; did you mean '60s'?"
            ),
            ("house: {lease: 2h}", "f:1:16: house.lease: 2h is out of range; allowed: 0s...1h"),
            ("house: {is_open: yes}", "f:1:18: house.is_open: 'yes' is not a boolean; did you mean 'true'?"),
            ("house: {tags: x}", "f:1:15: house.tags: needs a list, found a value; allowed: a list of text"),
            ("house: {name: \"a\\nb\"}", "f:1:15: house.name: holds a control character; allowed: any text"),
            (
                "house: {door: {paint: {color: gren}}}",
                "f:1:31: house.door.paint.color: 'gren' is not allowed; did you mean 'green'?"
            ),
            (
                "house: {door: {paint: {color: pink}}}",
                "f:1:31: house.door.paint.color: 'pink' is not allowed; allowed: red or green"
            ),
            (
                "house: {door: {paint: {color: blue}}}",
                "f:1:31: house.door.paint.color: 'blue' is out of stock; allowed: red or green"
            ),
            ("house:\n  romos: 3\n", "f:2:3: unknown key 'romos' in house; did you mean 'rooms'?"),
            ("huose: {}", "f:1:1: unknown key 'huose'; did you mean 'house'?"),
            ("house: {coats: 3}", "f:1:9: unknown key 'coats' in house; did you mean 'house.door.paint.coats'?"),
            ("house: {door: {lock: 1}}", "f:1:16: unknown key 'lock' in house.door; allowed: paint"),
            ("house.rooms: 3", "f:1:1: unknown key 'house.rooms'; allowed: house"),
            ("house: {door: 3}", "f:1:15: house.door: this is a section of keys, found a value; allowed: paint"),
            ("[house]", "f:1:1: the configuration is a section of keys, found a list; allowed: house"),
            (
                "house: {name: a, title: b}",
                "f:1:18: house.title: house.name is the same key under another name; write one of them"
            ),
            ("house: {slope: 3}", "f:1:16: house.slope: 3 is out of range; allowed: 0...2"),
            ("house: {slope: nan}", "f:1:16: house.slope: 'nan' is not a number; allowed: 0...2"),
            ("house: {heights: [3, 12]}", "f:1:22: house.heights[1]: 12 is out of range; allowed: 1...9"),
            (
                "house: {keys: [a]}",
                "f:1:16: house.keys[0]: this is a section of keys, found a value; allowed: name, copies"
            ),
            (
                "house: {keys: [{name: a, copies: 1}, {name: b, copie: 2}]}",
                "f:1:48: unknown key 'copie' in house.keys[1]; did you mean 'copies'?"
            ),
            ("house: {keys: [{name: a}]}", "f:1:16: house.keys[0]: copies is missing"),
            (
                "house: {keys: [{name: a, copies: 4}]}",
                "f:1:34: house.keys[0].copies: 4 is out of range; allowed: 1...3"
            ),
            (
                "house: {keys: x}",
                "f:1:15: house.keys: needs a list, found a value; allowed: a list of sections with name, copies"
            ),
            (
                "house: {rooms: 1}\nhome: {rooms: 2}",
                "f:2:1: home: house is the same section under another name; write one of them"
            ),
            (
                "home: {rooms: 1}\nhouse: {rooms: 2}",
                "f:2:1: house: what stands above is the same section under another name; write one of them"
            ),
            ("house: {roof: {color: blue}}", "f:1:16: house.roof.color is red"),
            ("house: {roof: {picth: 1}}", "f:1:16: unknown key 'picth' in house.roof; did you mean 'pitch'?"),
            ("garden: {trees: 3}", "f:1:1: garden is not supported yet"),
            ("house: {moat: false}", "f:1:9: house.moat has no place here"),
        ]
    )
    func refused(text: String, message: String) {
        #expect { try Self.decode(text) } throws: { "\($0)" == message }
    }

    @Test(
        "a bad override is named as it was given",
        arguments: [
            ("house.rooms=999", "--set house.rooms=999: house.rooms: 999 is out of range; allowed: 0...200"),
            ("house.romos=9", "--set house.romos=9: unknown key 'romos' in house; did you mean 'rooms'?"),
            ("house.rooms", "--set house.rooms: this is not key.path=value"),
            ("house..rooms=1", "--set house..rooms=1: this is not key.path=value"),
            (
                "house.door=1",
                "--set house.door=1: house.door: this is a section of keys, found a value; allowed: paint"
            ),
            (
                "house.rooms.x=1",
                "--set house.rooms.x=1: house.rooms: needs one value, found a section; allowed: 0...200"
            ),
            ("garden.trees=3", "--set garden.trees=3: garden is not supported yet"),
        ]
    )
    func refusedOverride(override: String, message: String) {
        #expect { try Self.decode("", overrides: [override]) } throws: { "\($0)" == message }
    }

    @Test(
        "a refused feature that is switched off is accepted",
        arguments: [
            "garden:", "garden: {}", "garden: []", "garden: ''", "garden: false", "garden: {enabled: false, trees: 3}",
            "garden: {addr: '', trees: 3}", "garden: {url: ''}", "garden: {north: {addr: ''}, south: {addr: ''}}",
        ]
    )
    func off(text: String) throws { #expect(try Self.decode(text) == House()) }

    @Test(
        "a refused feature that is on is refused",
        arguments: [
            "garden: 1", "garden: {enabled: true}", "garden: {north: {addr: ''}, south: {addr: ':1'}}", "garden: [1]",
        ]
    )
    func on(text: String) { #expect(throws: ConfigError.self) { try Self.decode(text) } }

    @Test("the manual has each key with type, range, unit, default and effect")
    func manual() {
        let text = Self.description.manual(defaults: House())
        #expect(
            text.contains(
                ".Ss house.door.paint\n.Bl -tag -width Ds\n.It Ic color\nType: word, red or green.\nDefault: \\fBred\\fR.\n"
            )
        )
        #expect(
            text.contains(
                ".It Ic rooms\nType: integer, 0...200.\nUnit: rooms.\nDefault: \\fB3\\fR.\n.Pp\nRooms.\n0 is a tent.\n"
            )
        )
        #expect(text.contains("Default: as it comes.\n"))
        #expect(text.contains("Size; see \\fBdf \\-h\\fR.\n"))
    }

    @Test("the manual says once what several sections have alike, and what refused keys have in common")
    func sharing() {
        let description = ConfigDescription<House>(
            keys: Self.paintKeys.map { $0.nested(in: "front", \.door) } + [
                ConfigKey("back.rooms", \.rooms, .integer(0...9), "Rooms.")
            ]
                + Self.paintKeys.map { $0.nested(in: "back", \.door) },
            refusals: [
                ConfigRefusal("moat", "is dry"), ConfigRefusal("pond", "is dry"), ConfigRefusal("garden", "is wild"),
            ]
        )
        let text = description.manual(defaults: House())
        #expect(
            text.hasSuffix(
                """
                .Ss back
                As in \\fBfront\\fR: \\fBcolor\\fR, \\fBcoats\\fR, \\fBglossy\\fR.
                .Bl -tag -width Ds
                .It Ic rooms
                Type: integer, 0...9.
                Default: \\fB3\\fR.
                .Pp
                Rooms.
                .El

                """
            )
        )
        #expect(
            description.refusalManual()
                == ".Bl -tag -width Ds\n.It Ic moat\n.It Ic pond\nEach is dry.\n.It Ic garden\nThis key is wild.\n.El\n"
        )
    }

    @Test("a file that cannot be read says why")
    func missingFile() {
        #expect { try ConfigFile.read("/nonexistent/f.yaml") } throws: {
            "\($0)" == "/nonexistent/f.yaml: cannot read the configuration: No such file or directory"
        }
    }
}
