extension ConfigType {
    package static func integer(_ range: ClosedRange<Value>) -> ConfigType where Value: FixedWidthInteger {
        ConfigType("integer", allowed: rangeText(range) { "\($0)" }) { node throws(ConfigProblem) in
            let text = try node.word("an integer")
            guard let value = Value(text) else {
                // A number that no Value holds is out of range too.
                let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
                let isNumber = !digits.isEmpty && digits.allSatisfy { $0.isASCII && $0.isNumber }
                throw ConfigProblem(isNumber ? "\(text) is out of range" : "'\(text)' is not an integer")
            }
            guard range.contains(value) else { throw ConfigProblem("\(text) is out of range") }
            return value
        } format: {
            .plain("\($0)")
        }
    }

    /// A number that need not be whole.
    package static func decimal(_ range: ClosedRange<Double>) -> ConfigType where Value == Double {
        ConfigType("number", allowed: rangeText(range, decimalText)) { node throws(ConfigProblem) in
            let text = try node.word("a number")
            guard text.allSatisfy({ $0.isASCII && $0.isNumber || "+-.eE".contains($0) }), let value = Double(text)
            else {
                throw ConfigProblem("'\(text)' is not a number")
            }
            guard range.contains(value) else { throw ConfigProblem("\(text) is out of range") }
            return value
        } format: {
            .plain(decimalText($0))
        }
    }

    /// Bytes: `1048576`, `64KiB`, `10MB`.
    package static func bytes(_ range: ClosedRange<Int>) -> ConfigType where Value == Int {
        ConfigType("size", allowed: rangeText(range, ByteSizeText.words)) { node throws(ConfigProblem) in
            let text = try node.scalar().text
            guard let value = ByteSizeText.parse(text) else {
                throw ConfigProblem("'\(text)' is not a size such as 1048576, 64KiB or 10MB")
            }
            guard range.contains(value) else { throw ConfigProblem("\(ByteSizeText.words(value)) is out of range") }
            return value
        } format: {
            .plain(ByteSizeText.format($0))
        }
    }

    /// Go's syntax: `300ms`, `5s`, `1m30s`, `168h`.
    package static func duration(_ range: ClosedRange<Duration>) -> ConfigType where Value == Duration {
        ConfigType("duration", allowed: rangeText(range, DurationText.format)) { node throws(ConfigProblem) in
            let text = try node.scalar().text
            guard let value = DurationText.parse(text) else {
                throw ConfigProblem(
                    "'\(text)' is not a duration such as 300ms, 5s or 1m30s",
                    suggestion: DurationText.parse(text + "s") == nil ? nil : text + "s"  // a number without a unit
                )
            }
            guard range.contains(value) else { throw ConfigProblem("\(text) is out of range") }
            return value
        } format: {
            .plain(DurationText.format($0))
        }
    }
}

/// `0...64`; an upper bound that is only the type's own is left out: `at least 1`.
private func rangeText<Value>(_ range: ClosedRange<Value>, _ format: (Value) -> String) -> String {
    if let last = range.upperBound as? Int, last == .max { return "at least \(format(range.lowerBound))" }
    return "\(format(range.lowerBound))...\(format(range.upperBound))"
}

/// Without a point where none is needed: `100`, `1.6667`.
private func decimalText(_ value: Double) -> String { Int(exactly: value).map { "\($0)" } ?? "\(value)" }
