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
    let read: @Sendable (YAMLNode, inout Root) throws(ConfigProblem) -> Void
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
        self.read = { node, root throws(ConfigProblem) in root[keyPath: property] = try type.parse(node) }
        self.write = { root in type.format(root[keyPath: property]) }
        self.copy = { from, to in to[keyPath: property] = from[keyPath: property] }
    }

    private init(
        path: String,
        like key: ConfigKey<some Any>,
        read: @escaping @Sendable (YAMLNode, inout Root) throws(ConfigProblem) -> Void,
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
        return ConfigKey<Outer>(path: path, like: self) { node, outer throws(ConfigProblem) in
            try self.read(node, &outer[keyPath: property])
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
    package let path: String
    /// Continues "<path> ": `is not supported in this version of fluxd: ...`.
    package let reason: String
    /// Whether a value that switches the feature off (``YAMLNode/isOff``) is accepted and does nothing.
    package let acceptsOff: Bool

    package init(_ path: String, _ reason: String, acceptsOff: Bool = true) {
        self.path = path
        self.reason = reason
        self.acceptsOff = acceptsOff
    }
}
