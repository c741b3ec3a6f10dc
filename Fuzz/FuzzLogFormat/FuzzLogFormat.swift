import FuzzChecks

// libFuzzer's own main calls this with one input after the other.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    fuzzLogFormat(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
