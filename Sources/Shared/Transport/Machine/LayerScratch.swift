/// Buffers that a loop lends its streams while bytes go through their layers: an idle stream owns none.
package final class LayerScratch {
    private var free: [[UInt8]] = []
    /// A buffer that grew beyond this is given back to the system. Bytes; what one read may bring, and what was kept before it.
    private static let largest = 1 << 20

    package init() {}

    package func take() -> [UInt8] { self.free.popLast() ?? [] }

    /// For the next one who asks.
    package func giveBack(_ bytes: inout [UInt8]) {
        if bytes.capacity > 0, bytes.capacity <= LayerScratch.largest {
            bytes.removeAll(keepingCapacity: true)
            self.free.append(bytes)
        }
        bytes = []
    }
}

@available(*, unavailable)
extension LayerScratch: Sendable {}
