import TestMessages

/// The smallest message, and ones with something in every field.
enum Samples {
    static var scalars: TestV1.Scalars {
        var message = TestV1.Scalars()
        message.doubleValue = 1.5
        message.floatValue = -0.25
        message.int32Value = -1
        message.int64Value = .min
        message.uint32Value = .max
        message.uint64Value = .max
        message.sint32Value = .min
        message.sint64Value = -2
        message.fixed32Value = 0x0102_0304
        message.fixed64Value = 0x0102_0304_0506_0708
        message.sfixed32Value = -1
        message.sfixed64Value = -1
        message.boolValue = true
        message.stringValue = "äöü"
        message.bytesValue = [0, 0xFF]
        message.color = .darkBlue
        message.mode = .unrecognized(9)
        return message
    }

    static var repeated: TestV1.Repeated {
        var message = TestV1.Repeated()
        message.doubleValues = [0, 1]
        message.int32Values = [0, -1, 128]
        message.fixed32Values = [1, 2]
        message.boolValues = [true, false]
        message.stringValues = ["", "a"]
        message.colors = [.red, .unrecognized(77)]
        message.scalars = [TestV1.Scalars(), scalars]
        return message
    }

    static var maps: TestV1.Maps {
        var message = TestV1.Maps()
        message.stringToString = ["b": "", "a": "x"]
        message.int32ToInt64 = [-1: 1, 0: 0]
        message.sint64ToColor = [5: .belowZero]
        message.boolToScalars = [true: scalars, false: TestV1.Scalars()]
        return message
    }

    static var node: TestV1.Node {
        var leaf = TestV1.Node()
        leaf.value = 3
        var branch = TestV1.Branch()
        branch.node = leaf
        branch.inner = TestV1.Branch.Inner()
        branch.inner?.depth = .some
        var node = TestV1.Node()
        node.next = leaf
        node.children = [leaf, TestV1.Node()]
        node.named = ["leaf": leaf]
        node.side = .right(branch)
        return node
    }
}
