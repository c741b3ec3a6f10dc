/// Whether a filter matches a topic; `+` stands for one level, a last `#` for all that follow and the level above.
///
/// Wildcards at the start do not match topics that begin with `$`. Source: MQTT 5.0 §4.7.
func topicMatches(_ topic: String, filter: String) -> Bool {
    let levels = topic.split(separator: "/", omittingEmptySubsequences: false)
    let pattern = filter.split(separator: "/", omittingEmptySubsequences: false)
    if topic.hasPrefix("$"), let first = pattern.first, first == "+" || first == "#" { return false }
    for (index, level) in pattern.enumerated() {
        if level == "#" { return true }
        guard index < levels.count, level == "+" || level == levels[index] else { return false }
    }
    return pattern.count == levels.count
}
