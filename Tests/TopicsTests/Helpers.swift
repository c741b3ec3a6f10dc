import Topics

// `#expect` cannot look into calls that take a span; these take what a span is made of.

func isName(_ bytes: [UInt8]) -> Bool { TopicName.isValid(bytes.span) }
func isName(_ text: String) -> Bool { isName(Array(text.utf8)) }
func isFilter(_ text: String) -> Bool { TopicFilter.isValid(Array(text.utf8).span) }
func isString(_ bytes: [UInt8]) -> Bool { isValidMQTTString(bytes.span) }
func isHidden(_ text: String) -> Bool { TopicName.isHidden(Array(text.utf8).span) }
func matches(_ filter: String, _ topic: String) -> Bool {
    topicMatches(filter: Array(filter.utf8).span, topic: Array(topic.utf8).span)
}
func parse(_ bytes: [UInt8]) -> SharedFilter { SharedFilter.parse(bytes.span) }
func parse(_ text: String) -> SharedFilter { parse(Array(text.utf8)) }

func literalPrefix(of filter: String) -> String {
    let bytes = Array(filter.utf8)
    return String(decoding: bytes[TopicFilter.literalPrefix(of: bytes.span)], as: UTF8.self)
}

func levels(of topic: String) -> [String] {
    let bytes = Array(topic.utf8)
    var levels = TopicLevels(bytes.span)
    var found: [String] = []
    while let level = levels.next() { found.append(String(decoding: bytes[level], as: UTF8.self)) }
    precondition(levels.isAtEnd, "levels ended before their end")
    return found
}
