#pragma once
#include <stdbool.h>

/// Bytes that this thread asked OpenSSL's allocator for and has not given back, without the allocator's own overhead.
long counted_memory_bytes(void);

/// Whether OpenSSL's memory is counted; false when it allocated before the program's constructors ran.
bool counted_memory_works(void);
