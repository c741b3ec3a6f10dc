/// Storage for a field whose message can contain itself: a struct cannot hold its own type in place.
@propertyWrapper
public struct Boxed<Value: Message>: Sendable, Equatable {
    private final class Box: Sendable {
        let value: Value
        init(_ value: Value) { self.value = value }
    }

    private var box: Box?

    public init(wrappedValue: Value?) { self.box = wrappedValue.map(Box.init) }

    public var wrappedValue: Value? {
        get { self.box?.value }
        set { self.box = newValue.map(Box.init) }
        // Without it a field that comes in many pieces is copied with each of them.
        _modify {
            var value = self.box?.value
            self.box = nil
            defer { self.box = value.map(Box.init) }
            yield &value
        }
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.box === right.box || left.wrappedValue == right.wrappedValue
    }
}
