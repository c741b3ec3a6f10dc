#pragma once
#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `count` bytes, going on from `crc`, which is 0 at the beginning.
uint32_t cchecksum_crc32c(uint32_t crc, const void *bytes, size_t count);

/// The same without instructions for whole vectors: what runs for few bytes, and where there are none.
uint32_t cchecksum_crc32c_by_word(uint32_t crc, const void *bytes, size_t count);

/// The same without any instruction of the processor's for it: what runs where there is none, and what the tests compare with.
uint32_t cchecksum_crc32c_portable(uint32_t crc, const void *bytes, size_t count);
