import FuzzChecks
import Testing

@Suite("YAML that the fuzzer knows")
struct YAMLCorpusTests {
    @Test("every input that the fuzzer starts from, or once failed with, keeps the parser's promises")
    func corpusHolds() {
        let inputs = corpus("FuzzYAML")
        #expect(!inputs.isEmpty)
        for input in inputs { fuzzYAML(input.bytes) }
    }
}
