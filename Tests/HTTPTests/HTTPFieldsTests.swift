import HTTP
import Testing

@Suite("HTTP fields")
struct HTTPFieldsTests {
    @Test("reading gives the first field of a name, setting replaces all of them")
    func replacing() {
        var fields = HTTPFields(["a": "1", "b": "2"])
        fields.append("a", "3")
        #expect(fields["a"] == "1")
        fields["a"] = "4"
        #expect(fields.all.map(\.name) == ["b", "a"])
        #expect(fields["a"] == "4")
        fields["a"] = nil
        #expect(fields == HTTPFields(["b": "2"]))
    }
}
