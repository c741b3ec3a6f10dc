/// One key of a configuration: everything that decoding, `--set`, `--print-config` and the manual need to know of it.
package struct ConfigKey<Root>: Sendable {
    /// Dotted, from the top: `server.mqtt.tcp.plain.addr`.
    package let path: String
    /// Other names in the same section, from other brokers' files. Two names for one key in one file are an error.
    package let aliases: [String]
    package let typeName: String
    package let allowed: String
    package let unit: String?
    /// Shown for the default where a rule works it out.
    package let defaultRule: String?
    /// Whether a running program can take another value; else it takes a restart.
    package let isLive: Bool
    /// Sentences; code stands between backquotes.
    package let effect: String
    /// What stands in the sections of a value that has any.
    let parts: ConfigParts?
    let read: @Sendable (YAMLNode, ConfigSite, inout Root) throws(ConfigProblem) -> Void
    let write: @Sendable (Root) -> ConfigText?
    let copy: @Sendable (_ from: Root, _ to: inout Root) -> Void

    package init<Value: Sendable>(
        _ path: String,
        _ property: any WritableKeyPath<Root, Value> & Sendable,
        _ type: ConfigType<Value>,
        unit: String? = nil,
        defaultRule: String? = nil,
        aliases: [String] = [],
        live: Bool = false,
        _ effect: String
    ) {
        self.path = path
        self.aliases = aliases
        self.typeName = type.name
        self.allowed = type.allowed
        self.unit = unit
        self.defaultRule = defaultRule
        self.isLive = live
        self.effect = effect
        self.parts = type.parts
        self.read = { node, site, root throws(ConfigProblem) in root[keyPath: property] = try type.read(node, site) }
        self.write = { root in type.format(root[keyPath: property]) }
        self.copy = { from, to in to[keyPath: property] = from[keyPath: property] }
    }

    private init(
        path: String,
        like key: ConfigKey<some Any>,
        read: @escaping @Sendable (YAMLNode, ConfigSite, inout Root) throws(ConfigProblem) -> Void,
        write: @escaping @Sendable (Root) -> ConfigText?,
        copy: @escaping @Sendable (_ from: Root, _ to: inout Root) -> Void
    ) {
        self.path = path
        self.aliases = key.aliases
        self.typeName = key.typeName
        self.allowed = key.allowed
        self.unit = key.unit
        self.defaultRule = key.defaultRule
        self.isLive = key.isLive
        self.effect = key.effect
        self.parts = key.parts
        self.read = read
        self.write = write
        self.copy = copy
    }

    /// The same key of a value that is a section of a larger one.
    ///
    /// - Parameter section: Empty where the keys stand among those of the larger value.
    package func nested<Outer>(
        in section: String,
        _ property: any WritableKeyPath<Outer, Root> & Sendable
    ) -> ConfigKey<Outer> {
        let path = section.isEmpty ? self.path : "\(section).\(self.path)"
        return ConfigKey<Outer>(path: path, like: self) { node, site, outer throws(ConfigProblem) in
            try self.read(node, site, &outer[keyPath: property])
        } write: { outer in
            self.write(outer[keyPath: property])
        } copy: { from, to in
            self.copy(from[keyPath: property], &to[keyPath: property])
        }
    }

    package var name: String {
        guard let dot = self.path.lastIndex(of: ".") else { return self.path }
        return String(self.path[self.path.index(after: dot)...])
    }
    package var section: String { self.path.lastIndex(of: ".").map { String(self.path[..<$0]) } ?? "" }
}

/// A key or section that is known and cannot be had: not unknown, so that the answer can say why.
package struct ConfigRefusal: Equatable, Sendable {
    /// A value that is accepted all the same, and does nothing.
    package enum Accepted: Equatable, Sendable {
        case nothing
        /// One that switches the feature off (``YAMLNode/isOff``).
        case off
        /// `true`, where what it asks for always happens.
        case on
    }

    package let path: String
    /// Continues "<path> ": `is not supported in this version of fluxd: ...`.
    package let reason: String
    package let accepts: Accepted

    package init(_ path: String, _ reason: String, accepts: Accepted = .off) {
        self.path = path
        self.reason = reason
        self.accepts = accepts
    }

    func isHarmless(_ value: YAMLNode) -> Bool {
        switch self.accepts {
        case .nothing: false
        case .off: value.isOff
        case .on: value.content == .scalar("true", .plain) || value.content == .scalar("true", .argument)
        }
    }
}

/// What stands in the sections of a list, for the manual.
struct ConfigParts: Sendable {
    var keys: [ConfigDocument]
    /// With paths from the section on.
    var refusals: [ConfigRefusal]

    init<Element>(_ description: ConfigDescription<Element>, defaults: Element) {
        self.keys = description.documents(defaults: defaults)
        self.refusals = description.everyRefusal
    }
}

/// One key as the manual shows it.
struct ConfigDocument: Sendable {
    var section: String
    var name: String
    /// mdoc, without the item's head.
    var facts: String
}
