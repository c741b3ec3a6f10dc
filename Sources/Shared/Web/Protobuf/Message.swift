/// A protobuf message as a plain value. Generated structs conform; the types of ``WellKnown`` do by hand.
///
/// Fields that a newer peer sent and this program does not know are in ``unknownFields`` and are written back.
public protocol Message: Sendable, Equatable {
    init()

    /// With the package: `fluxmq.admin.v1.Query`.
    static var protoName: String { get }

    /// In the order of the `.proto` file.
    static var fields: [FieldDescriptor] { get }

    var unknownFields: UnknownFields { get set }

    /// The field as a value that can be compared and printed.
    ///
    /// - Returns: `.none` for an absent field, an unknown number, and what is not one value: repeated fields, maps, messages
    ///   other than ``Timestamp``.
    func value(of number: Int) -> FieldValue

    /// Takes the decoder's current field if the message has it, and leaves the decoder alone if not.
    mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError)

    /// Fields in descending order of their numbers: the encoder works from the end of its buffer to the front.
    func writeFields(to encoder: inout BinaryEncoder)

    /// Takes the JSON value of the field with this number.
    mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError)

    /// The members of the message's JSON object, in the order of ``fields``.
    func writeJSONFields(to writer: inout JSONWriter)

    /// Takes a JSON value: an object, unless the type is one of ``WellKnown`` that has a form of its own.
    mutating func readJSONValue(from reader: JSONReader) throws(ProtobufError)

    /// The counterpart of ``readJSONValue(from:)``.
    func writeJSONValue(to writer: inout JSONWriter)
}

extension Message {
    /// - Throws: ``ProtobufError`` for what is not a message of this type. The length is the caller's to limit.
    public init(serialized bytes: [UInt8]) throws(ProtobufError) {
        self.init()
        var decoder = BinaryDecoder(bytes)
        try self.merge(from: &decoder)
    }

    public func serialized() -> [UInt8] {
        var encoder = BinaryEncoder()
        self.writeFields(to: &encoder)
        return encoder.finish()
    }

    /// Reads fields up to the end of the decoder's present message: later ones win, messages are merged, elements appended.
    mutating func merge(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        while try decoder.nextField() {
            try self.readField(from: &decoder)
            if !decoder.isFieldTaken { try decoder.keepField(in: &self.unknownFields) }
        }
    }
}

/// Fields that a message's type does not have, as they came: whole fields with their tags, in the order of arrival.
public struct UnknownFields: Sendable, Equatable {
    public internal(set) var bytes: [UInt8] = []

    public init() {}
}
