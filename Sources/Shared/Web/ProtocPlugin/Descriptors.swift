import Protobuf

/// A message of `descriptor.proto` or `plugin.proto`, as far as the generator needs it. They are written by hand because the
/// generator cannot need its own output. Source: google/protobuf/descriptor.proto, google/protobuf/compiler/plugin.proto.
protocol Descriptor {
    init()
    /// Reads the decoder's present field if the type has it.
    mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError)
}

extension Descriptor {
    init(decoding bytes: [UInt8]) throws(ProtobufError) {
        self.init()
        var decoder = BinaryDecoder(bytes)
        try self.readFields(from: &decoder)
    }

    mutating func readFields(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        while try decoder.nextField() {
            try self.readField(from: &decoder)
            if !decoder.isFieldTaken { try decoder.skipField() }
        }
    }
}

extension BinaryDecoder {
    mutating func append<Element: Descriptor>(to elements: inout [Element]) throws(ProtobufError) {
        var element = Element()
        try self.nested { (decoder) throws(ProtobufError) in try element.readFields(from: &decoder) }
        elements.append(element)
    }

    mutating func merge<Element: Descriptor>(into element: inout Element) throws(ProtobufError) {
        try self.nested { (decoder) throws(ProtobufError) in try element.readFields(from: &decoder) }
    }
}

struct CodeGeneratorRequest: Descriptor {
    var filesToGenerate: [String] = []
    var files: [FileDescriptor] = []

    mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.filesToGenerate)
        case 15: try decoder.append(to: &self.files)
        default: break
        }
    }
}

struct CodeGeneratorResponse {
    struct File {
        var name: String
        var content: String
    }

    /// What is wrong with the `.proto` files; protoc prints it and fails.
    var error: String?
    var files: [File]

    func serialized() -> [UInt8] {
        let proto3Optional: UInt64 = 1
        var encoder = BinaryEncoder()
        for file in self.files.reversed() {
            encoder.writeNested(15) { encoder in
                encoder.write(ProtoString.self, 15, file.content)
                encoder.write(ProtoString.self, 1, file.name)
            }
        }
        encoder.write(ProtoUInt64.self, 2, proto3Optional)
        encoder.writeOptional(ProtoString.self, 1, self.error)
        return encoder.finish()
    }
}

struct FileDescriptor: Descriptor {
    var name = ""
    var package = ""
    var messages: [MessageDescriptor] = []
    var enums: [EnumDescriptor] = []
    var services: [ServiceDescriptor] = []
    var source = SourceInfo()
    var syntax = ""

    mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.name)
        case 2: try decoder.read(ProtoString.self, into: &self.package)
        case 4: try decoder.append(to: &self.messages)
        case 5: try decoder.append(to: &self.enums)
        case 6: try decoder.append(to: &self.services)
        case 9: try decoder.merge(into: &self.source)
        case 12: try decoder.read(ProtoString.self, into: &self.syntax)
        default: break
        }
    }
}

struct MessageDescriptor: Descriptor {
    var name = ""
    var fields: [FieldInfo] = []
    var messages: [MessageDescriptor] = []
    var enums: [EnumDescriptor] = []
    var options = MessageOptions()
    var oneofs: [OneofDescriptor] = []

    mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.name)
        case 2: try decoder.append(to: &self.fields)
        case 3: try decoder.append(to: &self.messages)
        case 4: try decoder.append(to: &self.enums)
        case 7: try decoder.merge(into: &self.options)
        case 8: try decoder.append(to: &self.oneofs)
        default: break
        }
    }
}

struct MessageOptions: Descriptor {
    var isMapEntry = false

    mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        if decoder.field == 7 { try decoder.read(ProtoBool.self, into: &self.isMapEntry) }
    }
}

/// `FieldDescriptorProto`; the runtime has a `FieldDescriptor`.
struct FieldInfo: Descriptor {
    var name = ""
    var number: Int32 = 0
    /// 3 is `repeated`.
    var label: Int32 = 0
    var type: Int32 = 0
    /// `.fluxmq.admin.v1.Row`.
    var typeName = ""
    var options = FieldOptions()
    var oneofIndex: Int32?
    var jsonName = ""
    var isProto3Optional = false

    mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.name)
        case 3: try decoder.read(ProtoInt32.self, into: &self.number)
        case 4: try decoder.read(ProtoInt32.self, into: &self.label)
        case 5: try decoder.read(ProtoInt32.self, into: &self.type)
        case 6: try decoder.read(ProtoString.self, into: &self.typeName)
        case 8: try decoder.merge(into: &self.options)
        case 9: try decoder.read(ProtoInt32.self, into: &self.oneofIndex)
        case 10: try decoder.read(ProtoString.self, into: &self.jsonName)
        case 17: try decoder.read(ProtoBool.self, into: &self.isProto3Optional)
        default: break
        }
    }
}

struct FieldOptions: Descriptor {
    var packed: Bool?

    mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        if decoder.field == 2 { try decoder.read(ProtoBool.self, into: &self.packed) }
    }
}

struct OneofDescriptor: Descriptor {
    var name = ""

    mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        if decoder.field == 1 { try decoder.read(ProtoString.self, into: &self.name) }
    }
}

struct EnumDescriptor: Descriptor {
    var name = ""
    var values: [EnumValueDescriptor] = []

    mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.name)
        case 2: try decoder.append(to: &self.values)
        default: break
        }
    }
}

struct EnumValueDescriptor: Descriptor {
    var name = ""
    var number: Int32 = 0

    mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.name)
        case 2: try decoder.read(ProtoInt32.self, into: &self.number)
        default: break
        }
    }
}

struct ServiceDescriptor: Descriptor {
    var name = ""
    var methods: [MethodDescriptor] = []

    mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.name)
        case 2: try decoder.append(to: &self.methods)
        default: break
        }
    }
}

struct MethodDescriptor: Descriptor {
    var name = ""
    var inputType = ""
    var outputType = ""
    var clientStreaming = false
    var serverStreaming = false

    mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.name)
        case 2: try decoder.read(ProtoString.self, into: &self.inputType)
        case 3: try decoder.read(ProtoString.self, into: &self.outputType)
        case 5: try decoder.read(ProtoBool.self, into: &self.clientStreaming)
        case 6: try decoder.read(ProtoBool.self, into: &self.serverStreaming)
        default: break
        }
    }
}

/// The comments of a file, each with the path of what it is about: field numbers of `descriptor.proto` and indices in turn.
struct SourceInfo: Descriptor {
    struct Location: Descriptor {
        var path: [Int32] = []
        var leadingComments = ""
        var trailingComments = ""

        mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
            switch decoder.field {
            case 1: try decoder.read(ProtoInt32.self, into: &self.path)
            case 3: try decoder.read(ProtoString.self, into: &self.leadingComments)
            case 4: try decoder.read(ProtoString.self, into: &self.trailingComments)
            default: break
            }
        }
    }

    var locations: [Location] = []

    mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        if decoder.field == 1 { try decoder.append(to: &self.locations) }
    }
}
