/// A list in pages of 4,096 plain values: it grows without moving what it has, and never shrinks.
struct Pages<Element>: ~Copyable {
    private var pages: [UnsafeMutablePointer<Element>] = []
    private(set) var count = 0

    deinit {
        for (number, page) in self.pages.enumerated() {
            page.deinitialize(count: min(4_096, self.count - number * 4_096))
            page.deallocate()
        }
    }

    @inline(__always) func pointer(to index: Int) -> UnsafeMutablePointer<Element> {
        self.pages[index >> 12] + index & 4_095
    }

    @inline(__always) subscript(index: Int) -> Element {
        get { self.pointer(to: index).pointee }
        nonmutating _modify { yield &self.pointer(to: index).pointee }
    }

    /// - Returns: Where it is.
    mutating func append(_ element: Element) -> Int {
        if self.count & 4_095 == 0 { self.pages.append(.allocate(capacity: 4_096)) }
        self.pointer(to: self.count).initialize(to: element)
        self.count += 1
        return self.count - 1
    }
}
