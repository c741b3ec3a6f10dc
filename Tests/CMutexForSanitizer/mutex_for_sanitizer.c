// The thread sanitizer does not see what Swift's Mutex does when it has to wait: that part is compiled into the Swift library
// without instrumentation, so that every lock taken after waiting looks like a race. Under the sanitizer, and only there, this
// takes the part's place: the same word, the same values (0 is free, else the owner's thread number), in code that is seen.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

// Synchronization._MutexHandle._lockSlow(UInt32)
__attribute__((swiftcall)) void lock_slow(uint32_t me, __attribute__((swift_context)) _Atomic(uint32_t) *word)
    __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");

__attribute__((swiftcall)) void lock_slow(uint32_t me, __attribute__((swift_context)) _Atomic(uint32_t) *word) {
    for (;;) {
        uint32_t free = 0;
        if (atomic_compare_exchange_weak_explicit(word, &free, me, memory_order_acquire, memory_order_relaxed)) return;
        sched_yield();
    }
}
#endif
#endif
