/// All messages and enums that a request tells of, by their full names: `.fluxmq.admin.v1.Row`.
struct TypeTable {
    enum Definition {
        case message(MessageDescriptor)
        case enumeration(EnumDescriptor)
    }

    struct Entry {
        /// `AdminV1.Row`.
        let swiftName: String
        /// Of the file that declares it.
        let file: String
        let definition: Definition
    }

    private var entries: [String: Entry] = [:]

    init(_ files: [FileDescriptor]) {
        for file in files {
            let namespace = file.package == "google.protobuf" ? "WellKnown" : Names.namespace(ofPackage: file.package)
            let package = file.package.isEmpty ? "" : ".\(file.package)"
            for message in file.messages { self.add(message, in: package, namespace, file.name) }
            for descriptor in file.enums { self.add(descriptor, in: package, namespace, file.name) }
        }
        // A filter's value, so at the top of the module.
        self.rename(".google.protobuf.Timestamp", to: "Protobuf.Timestamp")
    }

    subscript(name: String) -> Entry? { self.entries[name] }

    private mutating func rename(_ name: String, to swiftName: String) {
        guard let entry = self.entries[name] else { return }
        self.entries[name] = Entry(swiftName: swiftName, file: entry.file, definition: entry.definition)
    }

    private mutating func add(_ message: MessageDescriptor, in scope: String, _ swiftScope: String, _ file: String) {
        let (name, swiftName) = ("\(scope).\(message.name)", "\(swiftScope).\(Names.type(message.name))")
        self.entries[name] = Entry(swiftName: swiftName, file: file, definition: .message(message))
        for nested in message.messages { self.add(nested, in: name, swiftName, file) }
        for nested in message.enums { self.add(nested, in: name, swiftName, file) }
    }

    private mutating func add(_ descriptor: EnumDescriptor, in scope: String, _ swiftScope: String, _ file: String) {
        self.entries["\(scope).\(descriptor.name)"] = Entry(
            swiftName: "\(swiftScope).\(Names.type(descriptor.name))",
            file: file,
            definition: .enumeration(descriptor)
        )
    }

    /// The entry of a map, if that is what the type is.
    func mapEntry(_ name: String) -> MessageDescriptor? {
        guard case .message(let message)? = self.entries[name]?.definition, message.options.isMapEntry else {
            return nil
        }
        return message
    }

    /// Whether a value of the type could hold one of `target` in place: through fields that are neither repeated nor maps.
    func type(_ name: String, canHold target: String) -> Bool {
        var (seen, waiting): (Set<String>, [String]) = ([name], [name])
        while let next = waiting.popLast() {
            if next == target { return true }
            guard case .message(let message)? = self.entries[next]?.definition else { continue }
            for field in message.fields where !field.isRepeated && !field.typeName.isEmpty {
                if seen.insert(field.typeName).inserted { waiting.append(field.typeName) }
            }
        }
        return false
    }
}

extension FieldInfo {
    var isRepeated: Bool { self.label == 3 }
}
