/// The functions that read and write a message's fields.
extension MessageSource {
    func writeReading(to writer: inout SourceWriter) {
        writer.block("public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError)") {
            writer in
            if self.fields.isEmpty { return }
            writer.line("switch decoder.field {")
            for field in self.fields {
                let coding = "\(field.value.coding).self"
                switch field.shape {
                case .implicit, .optional, .packed, .each:
                    writer.line("case \(field.info.number): try decoder.read(\(coding), into: &self.\(field.property))")
                case .map(let key, _):
                    let codings = "\(key.coding).self, \(coding)"
                    writer.line(
                        "case \(field.info.number): try decoder.read(\(codings), into: &self.\(field.property))"
                    )
                case .oneof(let index):
                    writer.line("case \(field.info.number):")
                    writer.indented { writer in
                        let property = self.oneofs[index].property
                        writer.line("var member: \(field.value.swiftType)?")
                        if case .message = field.value {
                            writer.block("if case .\(field.property)(let present)? = self.\(property)") { writer in
                                writer.line("member = present")
                                writer.line("self.\(property) = nil")
                            }
                        }
                        writer.line("try decoder.read(\(coding), into: &member)")
                        writer.line("if let member { self.\(property) = .\(field.property)(member) }")
                    }
                }
            }
            writer.line("default: break")
            writer.line("}")
        }
    }

    func writeWriting(to writer: inout SourceWriter) {
        writer.block("public func writeFields(to encoder: inout BinaryEncoder)") { writer in
            writer.line("encoder.write(self.unknownFields)")
            for field in self.fields.sorted(by: { $0.info.number > $1.info.number }) {
                let (number, property) = (field.info.number, "self.\(field.property)")
                let arguments = "(\(field.value.coding).self, \(number), \(property))"
                switch field.shape {
                case .implicit: writer.line("encoder.write\(arguments)")
                case .optional: writer.line("encoder.writeOptional\(arguments)")
                case .packed: writer.line("encoder.writePacked\(arguments)")
                case .each: writer.line("encoder.writeEach\(arguments)")
                case .map(let key, _):
                    writer.line(
                        "encoder.writeMap(\(key.coding).self, \(field.value.coding).self, \(number), \(property))"
                    )
                case .oneof(let index):
                    writer.block("if case .\(field.property)(let member)? = self.\(self.oneofs[index].property)") {
                        writer in
                        writer.line("encoder.writePresent(\(field.value.coding).self, \(number), member)")
                    }
                }
            }
        }
    }

    func writeJSONReading(to writer: inout SourceWriter) {
        writer.block(
            "public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError)"
        ) { writer in
            if self.fields.isEmpty { return }
            writer.line("switch number {")
            for field in self.fields {
                let coding = "\(field.value.coding).self"
                switch field.shape {
                case .implicit, .optional, .packed, .each:
                    writer.line("case \(field.info.number): try reader.read(\(coding), into: &self.\(field.property))")
                case .map(let key, _):
                    let codings = "\(key.coding).self, \(coding)"
                    writer.line("case \(field.info.number): try reader.read(\(codings), into: &self.\(field.property))")
                case .oneof(let index):
                    writer.line("case \(field.info.number):")
                    writer.indented { writer in
                        writer.line("var member: \(field.value.swiftType)?")
                        writer.line("try reader.read(\(coding), into: &member)")
                        writer.line(
                            "if let member { self.\(self.oneofs[index].property) = .\(field.property)(member) }"
                        )
                    }
                }
            }
            writer.line("default: break")
            writer.line("}")
        }
    }

    func writeJSONWriting(to writer: inout SourceWriter) {
        writer.block("public func writeJSONFields(to writer: inout JSONWriter)") { writer in
            for field in self.fields {
                let (name, property) = (quoted(field.info.jsonName), "self.\(field.property)")
                let arguments = "(\(field.value.coding).self, \(name), \(property))"
                switch field.shape {
                case .implicit: writer.line("writer.write\(arguments)")
                case .optional: writer.line("writer.writeOptional\(arguments)")
                case .packed, .each: writer.line("writer.writeEach\(arguments)")
                case .map(let key, _):
                    writer.line("writer.writeMap(\(key.coding).self, \(field.value.coding).self, \(name), \(property))")
                case .oneof(let index):
                    writer.block("if case .\(field.property)(let member)? = self.\(self.oneofs[index].property)") {
                        writer in
                        writer.line("writer.writePresent(\(field.value.coding).self, \(name), member)")
                    }
                }
            }
        }
    }
}
