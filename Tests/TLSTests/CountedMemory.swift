import COpenSSL
import Glibc

/// OpenSSL's memory, counted per thread: what a test allocates is its own, whatever runs beside it.
enum CountedMemory {
    /// Requested bytes of this thread that were not given back, without the allocator's own overhead.
    static var bytes: Int { self.counter.pointee }

    /// Has to come before OpenSSL's first allocation in the process, which is why every ``TestCertificates`` begins with it.
    static let isInstalled: Bool = {
        let allocate: CRYPTO_malloc_fn = { count, _, _ in CountedMemory.allocate(count) }
        let resize: CRYPTO_realloc_fn = { old, count, _, _ in
            guard let new = CountedMemory.allocate(count) else { return nil }
            guard let old else { return new }
            memcpy(new, old, min(count, CountedMemory.size(of: old)))
            CountedMemory.free(old)
            return new
        }
        let free: CRYPTO_free_fn = { old, _, _ in if let old { CountedMemory.free(old) } }
        return CRYPTO_set_mem_functions(allocate, resize, free) == 1
    }()

    /// Before each block, and as much as alignment wants.
    private static let header = 16

    private static func allocate(_ count: Int) -> UnsafeMutableRawPointer? {
        guard count > 0, let block = malloc(count + self.header) else { return nil }
        block.storeBytes(of: count, as: Int.self)
        self.counter.pointee += count
        return block + self.header
    }

    private static func size(of pointer: UnsafeMutableRawPointer) -> Int { (pointer - self.header).load(as: Int.self) }

    private static func free(_ pointer: UnsafeMutableRawPointer) {
        self.counter.pointee -= self.size(of: pointer)
        Glibc.free(pointer - self.header)
    }

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key) { Glibc.free($0) }
        return key
    }()

    private static var counter: UnsafeMutablePointer<Int> {
        if let known = pthread_getspecific(self.key) { return known.assumingMemoryBound(to: Int.self) }
        let made = UnsafeMutablePointer<Int>.allocate(capacity: 1)
        made.initialize(to: 0)
        pthread_setspecific(self.key, made)
        return made
    }
}
