import Testing
import Topics

@testable import AccessRules

private func rules(_ text: String) throws -> AccessRules { try AccessRules(Array(text.utf8), name: "acl") }

extension AccessRules {
    fileprivate func allows(_ user: String?, _ access: TopicAccess, _ topic: String, client: String = "c") -> Bool {
        self.compiled(user: user, client: Array(client.utf8)).allows(access, topic: Array(topic.utf8).span)
    }

    fileprivate func allowsSubscription(_ user: String?, _ filter: String, client: String = "c") -> Bool {
        self.compiled(user: user, client: Array(client.utf8)).allowsSubscription(Array(filter.utf8).span)
    }
}

@Suite("ACL files")
struct AccessRulesTests {
    /// The example file that Mosquitto ships, and the lines of its manual.
    private static let mosquitto = """
        # This affects access control for clients with no username.
        topic read $SYS/#

        # This only affects clients with username "roger".
        user roger
        topic foo/bar

        # This affects all clients.
        pattern write $SYS/broker/connection/%c/state
        pattern write sensor/%u/data
        """

    @Test("Mosquitto's example file means here what it means there")
    func mosquittoExample() throws {
        let acl = try rules(Self.mosquitto)
        #expect(acl.rules.map(\.line) == [2, 6, 9, 10] && !acl.allowsByDefault && acl.namesUsers)
        let table: [(String?, TopicAccess, String, Bool)] = [
            (nil, .read, "$SYS/broker/uptime", true), (nil, .write, "$SYS/broker/uptime", false),
            (nil, .read, "foo/bar", false), (nil, .write, "sensor//data", false), (nil, .read, "sensor/x/data", false),
            ("roger", .read, "foo/bar", true), ("roger", .write, "foo/bar", true), ("roger", .read, "foo", false),
            ("roger", .read, "foo/bar/x", false), ("roger", .read, "$SYS/broker/uptime", false),
            ("roger", .write, "sensor/roger/data", true), ("roger", .read, "sensor/roger/data", false),
            ("roger", .write, "sensor/anna/data", false), ("anna", .write, "sensor/anna/data", true),
            ("anna", .read, "foo/bar", false), ("anna", .write, "$SYS/broker/connection/c/state", true),
            (nil, .write, "$SYS/broker/connection/c/state", true),
            (nil, .write, "$SYS/broker/connection/d/state", false),
        ]
        for (user, access, topic, expected) in table {
            #expect(acl.allows(user, access, topic) == expected, "\(user ?? "-") \(access) \(topic)")
        }
    }

    @Test("a right is read, write, both or deny, and a denial beats every grant wherever it stands")
    func rights() throws {
        let acl = try rules(
            """
            user a
            topic read r/#
            topic write w/#
            topic readwrite b with blanks/#
            topic both
            topic deny b with blanks/secret/#
            client c
            topic own/+
            topic deny r/c
            pattern deny w/never
            pattern read all/+
            """
        )
        for (access, topic, expected) in [
            (.read, "r/x", true), (.write, "r/x", false), (.write, "w/x", true), (.read, "w/x", false),
            (.read, "b with blanks", true), (.write, "b with blanks/x/y", true),
            (.read, "b with blanks/secret", false), (.write, "b with blanks/secret/x", false), (.read, "both", true),
            (.write, "own/x", true), (.read, "r/c", false), (.write, "w/never", false), (.read, "all/x", true),
            (.read, "all/x/y", false), (.read, "other", false),
        ] as [(TopicAccess, String, Bool)] {
            #expect(acl.allows("a", access, topic) == expected, "\(access) \(topic)")
        }
        #expect(acl.allows("a", .read, "r/c", client: "d") && !acl.allows("b", .read, "r/x"))
        #expect(acl.allows("b", .write, "own/x") && acl.allows(nil, .read, "own/x") && acl.allows(nil, .read, "all/x"))
    }

    @Test("blocks of the same name add up, and anonymous begins the anonymous block again")
    func blocks() throws {
        let acl = try rules(
            "topic 1\nuser a\ntopic 2\nuser b\ntopic 3\nuser a\ntopic 4\nanonymous\ntopic 5\ndefault deny"
        )
        for (user, granted) in [("a", "24"), ("b", "3"), (nil, "15"), ("c", "")] as [(String?, String)] {
            #expect("12345".filter { acl.allows(user, .read, String($0)) } == granted)
        }
    }

    @Test("what no rule says is refused, or allowed where the file says so")
    func defaults() throws {
        #expect(try !rules("").allows("a", .read, "x") && !rules("").allowsSubscription("a", "x"))
        let open = try rules("default allow\npattern deny secret/#\n")
        #expect(open.allows("a", .write, "x") && !open.allows("a", .write, "secret/x"))
        #expect(open.allowsSubscription(nil, "x/#") && !open.allowsSubscription(nil, "secret/+"))
        #expect(!open.allowsSubscription(nil, "#") && open.allowsSubscription(nil, "$SYS/#"))
    }

    @Test(
        "a value with a wildcard, a slash or a leading $ widens no rule [CVE-2017-7650]",
        arguments: ["+", "#", "a/b", "/", "a+", "", "+/#", "x/#"]
    )
    func hostileValues(_ value: String) throws {
        let acl = try rules(
            "pattern readwrite u/%u/#\npattern readwrite c/%c/#\npattern read for/all\npattern deny d/%c/x"
        )
        for topic in ["u/other/x", "u/x", "u/+/x", "u/a/b/x", "u//x", "c/other/x", "c/x", "c/a/b/x", "c//x", "u", "c"] {
            for access in TopicAccess.allCases { #expect(!acl.allows(value, access, topic, client: value), "\(topic)") }
        }
        for filter in ["u/#", "c/#", "u/+", "u/\(value)/#", "c/\(value)/#", "#"] {
            #expect(!acl.allowsSubscription(value, filter, client: value))
        }
        #expect(acl.allows(value, .read, "for/all", client: value), "a rule without a value is for everybody")
    }

    @Test("a denial is never smaller for a hostile value: it takes all below its level")
    func hostileDenials() throws {
        let acl = try rules("default allow\npattern deny keep/%c/out\npattern deny %u/mine")
        #expect(!acl.allows("u", .read, "keep/c/out") && acl.allows("u", .read, "keep/d/out"))
        for client in ["a/b", "+", "#", ""] {
            #expect(
                !acl.allows("u", .read, "keep/a/b/out", client: client)
                    && acl.allows("u", .read, "kept", client: client)
            )
        }
        #expect(!acl.allows("u", .read, "u/mine") && acl.allows(nil, .read, "u/mine"))
        #expect(!acl.allows("$x", .read, "$x/mine") && acl.allows("$x", .read, "$x/yours"))
        #expect(!acl.allows("$x/y", .read, "$x/y/mine") && !acl.allows("$x/y", .read, "anything"))
    }

    @Test("a client that calls itself $SYS reads no $SYS")
    func hiddenValues() throws {
        let acl = try rules("pattern readwrite %c/#\npattern readwrite home/%c/#")
        #expect(acl.allows("u", .read, "c/x") && !acl.allows("u", .read, "$SYS/x", client: "$SYS"))
        #expect(!acl.allowsSubscription("u", "$SYS/#", client: "$SYS"))
        #expect(acl.allows("u", .read, "home/$SYS/x", client: "$SYS"))
    }

    @Test("wildcards at the start of a rule do not reach topics with a $")
    func hiddenTopics() throws {
        let acl = try rules("user a\ntopic #\ntopic +/x\nuser b\ntopic $SYS/#")
        #expect(acl.allows("a", .read, "x/y") && !acl.allows("a", .read, "$SYS/x") && !acl.allows("a", .write, "$x"))
        #expect(!acl.allowsSubscription("a", "$SYS/#") && acl.allowsSubscription("b", "$SYS/broker/+"))
    }

    @Test(
        "a subscription is allowed when one grant covers it and no denial touches it; of a shared one the filter counts"
    )
    func subscriptions() throws {
        let acl = try rules(
            "user a\ntopic read p/#\ntopic read q/x\ntopic read q/y\ntopic write w/#\ntopic deny p/+/key"
        )
        for (filter, expected) in [
            ("p", true), ("p/a", true), ("p/a/b", true), ("p/+", true), ("p/#", false), ("p/+/+", false),
            ("p/a/key", false), ("p/a/+", false), ("p/+/b/#", true), ("q/x", true), ("q/+", false), ("w/x", false),
            ("#", false), ("$share/g/p/+", true), ("$share/g/p/#", false), ("$share/g/q/x", true),
            ("$share/g", false), ("$share//p/a", false), ("", false), ("p/a#", false),
        ] {
            #expect(acl.allowsSubscription("a", filter) == expected, "\(filter)")
        }
    }
}

@Suite("Compiled rules")
struct RuleSetTests {
    @Test("a rule decides as its filter matches, wherever its first wildcard stands and however long the topic is")
    func prefixes() throws {
        let words = ["", "a", "ab", "abcdefg", "abcdefgh", "abcdefghi", "0123456789abcdef"]
        let topics = words.flatMap { first in words.map { "\(first)/\($0)" } } + words.dropFirst()
        let filters = topics + topics.flatMap { ["\($0)/#", "\($0)/+"] } + words.map { "+/\($0)" } + ["#", "+", "+/#"]
        for filter in filters {
            let compiled = try rules("user u\ntopic \(filter)").compiled(user: "u", client: [])
            for topic in topics + ["x", "abcdefgx", "abcdefg", "0123456789abcdeg", "0123456789abcdef/x/y"] {
                let bytes = Array(topic.utf8)
                let expected = topicMatches(filter: Array(filter.utf8).span, topic: bytes.span)
                #expect(compiled.allows(.read, topic: bytes.span) == expected, "\(filter) \(topic)")
            }
        }
    }
}

@Suite("What an ACL file's errors and answers say")
struct AccessTextTests {
    @Test("all that is wrong with a file is said at once: the line, what was found, what is allowed, what was meant")
    func problems() {
        let text = """
            topc read a
            topic raed a
            topic read
            topic
            user
            anonymous x
            default yes
            default allow
            default deny
            topic a/#/b
            topic read a+
            pattern a/x%u
            topic a/%u
            topic read $share/g/a
            topic \u{1}
            uesr x
            \(String(repeating: "x", count: 5_000))
            """
        var found: [Substring] = []
        do throws(AccessRulesError) {
            _ = try AccessRules(Array(text.utf8), name: "acl")
        } catch {
            found = error.description.split(separator: "\n")
        }
        let lines = "lines begin with user, client, anonymous, topic, pattern, default"
        #expect(
            found == [
                "acl:1: unknown word \"topc\"; did you mean topic? \(lines)",
                "acl:2: \"raed\" is no right; did you mean read? there are read, write, readwrite, deny, and before a filter with a blank in it one has to stand",
                "acl:3: topic read has no filter; for a topic of that name write topic readwrite read",
                "acl:4: expected topic [read|write|readwrite|deny] FILTER", "acl:5: expected user NAME",
                "acl:6: anonymous stands alone on its line", "acl:7: expected default allow or default deny",
                "acl:9: default is said for the second time",
                "acl:10: \"a/#/b\" is no topic filter: + is all of its level, # all of the last one",
                "acl:11: \"a+\" is no topic filter: + is all of its level, # all of the last one",
                "acl:12: \"x%u\": %u and %c have to be all of their level",
                "acl:13: %u has a value in pattern lines only; write pattern for topic",
                "acl:14: a rule is about topics, not about who shares them: leave $share and the group away",
                "acl:15: the line has a control character in it",
                "acl:16: unknown word \"uesr\"; did you mean user? \(lines)",
                "acl:17: the line has 5000 bytes; the most is 4096",
            ]
        )
    }

    @Test("bytes that are no UTF-8 are refused, and a file of nothing but mistakes names the first twenty")
    func hostile() {
        #expect { try AccessRules([0xFF], name: "acl") } throws: { "\($0)" == "acl:1: the line is not UTF-8" }
        #expect { try AccessRules(Array(String(repeating: "x\n", count: 100).utf8), name: "acl") } throws: {
            ($0 as? AccessRulesError)?.problems.count == 20
        }
    }

    @Test("lines may be indented, end in CR, and have tabs")
    func blanks() throws {
        let acl = try rules("\tuser  roger a \r\n  topic\tread   a b/#  \r\n# x\r\n\r\n")
        #expect(acl.rules.first?.subject == .user("roger a") && acl.rules.first?.text == "topic read a b/#")
    }

    private func explain(_ user: String?, _ access: TopicAccess, _ topic: String, subscribes: Bool = false) throws
        -> AccessExplanation
    {
        let acl = try rules("user a\ntopic read p/#\ntopic deny p/+/key\npattern readwrite p/x/key\ntopic read q/x\n")
        return acl.explain(
            user: user,
            client: Array("c".utf8),
            access,
            Array(topic.utf8),
            isSubscription: subscribes
        )
    }

    @Test("an explanation names the line that decided and all that fit")
    func explanations() throws {
        let read = try self.explain("a", .read, "p/b")
        #expect(read.isAllowed && read.reason == "acl:2 allows it: topic read p/#" && read.matching.map(\.line) == [2])
        let key = try self.explain("a", .read, "p/x/key")
        #expect(!key.isAllowed && key.decisive?.line == 3 && key.matching.map(\.line) == [3, 2, 4])
        let other = try self.explain("b", .write, "p/x/key")
        #expect(other.isAllowed && other.reason == "acl:4 allows it: pattern readwrite p/x/key")
        let none = try self.explain("b", .read, "q/x")
        #expect(!none.isAllowed && none.decisive == nil && none.reason.hasPrefix("no rule allows it"))
        let whole = try self.explain("a", .read, "p/#", subscribes: true)
        #expect(
            whole.reason
                == "acl:3 denies it: topic deny p/+/key; a filter that takes denied topics too is refused whole"
        )
        let part = try self.explain("a", .read, "q/+", subscribes: true)
        #expect(!part.isAllowed && part.reason == "acl:5 allows a part of it only: topic read q/x")
        #expect(try self.explain("a", .read, "$share/g/p/b", subscribes: true).isAllowed)
        #expect(try self.explain("a", .read, "p/#/x", subscribes: true).reason == "this is no topic filter")
        let open = try rules("default allow").explain(user: nil, client: [0x63], .write, [0x78])
        #expect(open.isAllowed && open.reason == "no rule is about it, and acl says: default allow")
    }

    @Test("an explanation and the decision agree on every case of a small world")
    func agreement() throws {
        let acl = try rules(
            "topic #\nuser a\ntopic read a/#\ntopic deny a/+/b\npattern +/%u\nclient c\ntopic write +/b\ntopic deny $s/a"
        )
        let levels = ["a", "b", "$s", "+", "#"]
        let texts = levels + levels.flatMap { first in levels.map { "\(first)/\($0)" } }
        for user in [nil, "a", "b"] as [String?] {
            let compiled = acl.compiled(user: user, client: Array("c".utf8))
            for text in texts {
                let bytes = Array(text.utf8)
                for access in TopicAccess.allCases {
                    let explained = acl.explain(user: user, client: Array("c".utf8), access, bytes).isAllowed
                    #expect(explained == compiled.allows(access, topic: bytes.span), "\(user ?? "-") \(access) \(text)")
                }
                let explained = acl.explain(
                    user: user,
                    client: Array("c".utf8),
                    .read,
                    bytes,
                    isSubscription: true
                ).isAllowed
                #expect(explained == compiled.allowsSubscription(bytes.span), "\(user ?? "-") subscribes \(text)")
            }
        }
    }

    @Test("nobody publishes to $SYS, and anonymous clients read it from this machine only")
    func standing() {
        let refusal = { (access: TopicAccess, topic: String, isAnonymous: Bool, isLocal: Bool) in
            StandingRules.refusal(access, Array(topic.utf8).span, isAnonymous: isAnonymous, isLocal: isLocal)
        }
        for topic in ["$SYS", "$SYS/broker/x"] {
            #expect(refusal(.write, topic, false, true) != nil && refusal(.read, topic, true, false) != nil)
            #expect(refusal(.read, topic, true, true) == nil && refusal(.read, topic, false, false) == nil)
        }
        #expect(refusal(.read, "$share/g/$SYS/#", true, false) != nil)
        for topic in ["$SYSTEM/x", "a/$SYS", "#", "+/x", "", "$S"] {
            #expect(refusal(.read, topic, true, false) == nil && refusal(.write, topic, true, false) == nil)
        }
    }
}
