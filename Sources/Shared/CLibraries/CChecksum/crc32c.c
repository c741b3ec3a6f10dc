#include "cchecksum.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define HAS_INSTRUCTION __builtin_cpu_supports("sse4.2")
#define INSTRUCTION __attribute__((target("sse4.2")))
#define STEP8(crc, word) ((uint32_t)_mm_crc32_u64((crc), (word)))
#define STEP1(crc, byte) _mm_crc32_u8((crc), (byte))
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#define HAS_INSTRUCTION 1
#define INSTRUCTION
#define STEP8(crc, word) __crc32cd((crc), (word))
#define STEP1(crc, byte) __crc32cb((crc), (byte))
#endif

/// Bits are reflected: the lowest is the highest power.
#define POLYNOMIAL 0x82F63B78u

/// slices[k][b]: the remainder of byte b with k zero bytes behind it.
static uint32_t slices[8][256];

static void make_slices(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (POLYNOMIAL & -(crc & 1));
        slices[0][byte] = crc;
    }
    for (int k = 1; k < 8; k++) {
        for (uint32_t byte = 0; byte < 256; byte++) {
            slices[k][byte] = slices[k - 1][byte] >> 8 ^ slices[0][slices[k - 1][byte] & 0xFF];
        }
    }
}

static uint32_t portable(uint32_t crc, const uint8_t *bytes, size_t count) {
    for (; count >= 8; bytes += 8, count -= 8) {
        // Byte by byte, so that the order of bytes in a word does not matter.
        uint32_t low = crc ^ ((uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                              (uint32_t)bytes[3] << 24);
        crc = slices[7][low & 0xFF] ^ slices[6][low >> 8 & 0xFF] ^ slices[5][low >> 16 & 0xFF] ^
              slices[4][low >> 24] ^ slices[3][bytes[4]] ^ slices[2][bytes[5]] ^ slices[1][bytes[6]] ^
              slices[0][bytes[7]];
    }
    for (; count > 0; bytes++, count--) crc = crc >> 8 ^ slices[0][(crc ^ *bytes) & 0xFF];
    return crc;
}

#if defined(HAS_INSTRUCTION)

/// One instruction takes three cycles and one can start in each: three streams at once keep it busy. Their remainders are
/// joined by moving the first two behind the zeros that the later ones stand for.
#define LONG_STREAM 4096
#define SHORT_STREAM 256

/// moved[k][b]: byte k of a remainder, being b, moved behind so many zero bytes.
static uint32_t long_move[4][256];
static uint32_t short_move[4][256];

static void make_move(uint32_t table[4][256], size_t zeros) {
    // The operation is linear: what it does to each of the 32 bits says what it does to all.
    uint32_t bits[32];
    for (int bit = 0; bit < 32; bit++) {
        uint32_t crc = 1u << bit;
        for (size_t i = 0; i < zeros; i++) crc = crc >> 8 ^ slices[0][crc & 0xFF];
        bits[bit] = crc;
    }
    for (int k = 0; k < 4; k++) {
        for (int byte = 0; byte < 256; byte++) {
            uint32_t crc = 0;
            for (int bit = 0; bit < 8; bit++) {
                if (byte >> bit & 1) crc ^= bits[8 * k + bit];
            }
            table[k][byte] = crc;
        }
    }
}

static inline uint32_t move(uint32_t table[4][256], uint32_t crc) {
    return table[0][crc & 0xFF] ^ table[1][crc >> 8 & 0xFF] ^ table[2][crc >> 16 & 0xFF] ^ table[3][crc >> 24];
}

static inline uint64_t word(const uint8_t *bytes) {
    uint64_t value;
    memcpy(&value, bytes, 8);
    return value;
}

INSTRUCTION static const uint8_t *three_streams(uint32_t *crc, const uint8_t *bytes, size_t *count, size_t stream,
                                                uint32_t table[4][256]) {
    uint32_t first = *crc;
    while (*count >= 3 * stream) {
        uint32_t second = 0, third = 0;
        for (const uint8_t *end = bytes + stream; bytes < end; bytes += 8) {
            first = STEP8(first, word(bytes));
            second = STEP8(second, word(bytes + stream));
            third = STEP8(third, word(bytes + 2 * stream));
        }
        first = move(table, move(table, first) ^ second) ^ third;
        bytes += 2 * stream;
        *count -= 3 * stream;
    }
    *crc = first;
    return bytes;
}

INSTRUCTION static uint32_t by_instruction(uint32_t crc, const uint8_t *bytes, size_t count) {
    bytes = three_streams(&crc, bytes, &count, LONG_STREAM, long_move);
    bytes = three_streams(&crc, bytes, &count, SHORT_STREAM, short_move);
    for (; count >= 8; bytes += 8, count -= 8) crc = STEP8(crc, word(bytes));
    for (; count > 0; bytes++, count--) crc = STEP1(crc, *bytes);
    return crc;
}

#endif

#if defined(__x86_64__)

/// Four vectors of 64 bytes are moved on by as much as they are long, four products of 64 bits at a time in each: several times what
/// the instruction for single words does. Below a few blocks there is nothing to be had from it.
#define FOLDED (4 * 64)
#define WORTH_FOLDING (2 * FOLDED)
#define FOLDING __attribute__((target("avx512f,avx512dq,vpclmulqdq,pclmul,sse4.2")))

/// Factors that move 128 bits on by 2048 bits, by 512, and in lanes by 384, 256, 128 and none.
static uint64_t by_block[2], by_vector[2], by_lane[8];

/// What x to the power of n leaves, its bits reflected.
static uint64_t power(unsigned n) {
    uint32_t value = 1u << 31;
    for (; n > 0; n--) value = value >> 1 ^ (POLYNOMIAL & -(value & 1));
    return value;
}

/// A product of two reflected words of 64 bits, one of which has a remainder in its low half, is x^33 too high; the first word of a
/// lane stands for 64 bits more than the second.
static void make_factors(uint64_t factors[2], unsigned bits) {
    factors[0] = power(bits + 31);
    factors[1] = power(bits - 33);
}

static void make_all_factors(void) {
    make_factors(by_block, 8 * FOLDED);
    make_factors(by_vector, 8 * 64);
    for (unsigned lane = 0; lane < 3; lane++) make_factors(by_lane + 2 * lane, 128 * (3 - lane));
}

FOLDING static inline __m512i moved(__m512i value, __m512i factors, __m512i onto) {
    __m512i first = _mm512_clmulepi64_epi128(value, factors, 0x00);
    __m512i second = _mm512_clmulepi64_epi128(value, factors, 0x11);
    return _mm512_ternarylogic_epi64(first, second, onto, 0x96);
}

/// The remainder of whole blocks, of which there is at least one.
FOLDING static uint32_t by_folding(uint32_t crc, const uint8_t *bytes, size_t blocks) {
    __m512i a = _mm512_loadu_si512(bytes), b = _mm512_loadu_si512(bytes + 64);
    __m512i c = _mm512_loadu_si512(bytes + 128), d = _mm512_loadu_si512(bytes + 192);
    a = _mm512_xor_si512(a, _mm512_zextsi128_si512(_mm_cvtsi32_si128((int)crc)));
    __m512i factors = _mm512_broadcast_i64x2(_mm_loadu_si128((const __m128i *)by_block));
    while (--blocks > 0) {
        bytes += FOLDED;
        a = moved(a, factors, _mm512_loadu_si512(bytes));
        b = moved(b, factors, _mm512_loadu_si512(bytes + 64));
        c = moved(c, factors, _mm512_loadu_si512(bytes + 128));
        d = moved(d, factors, _mm512_loadu_si512(bytes + 192));
    }
    factors = _mm512_broadcast_i64x2(_mm_loadu_si128((const __m128i *)by_vector));
    __m512i all = moved(moved(moved(a, factors, b), factors, c), factors, d);
    // The last lane stays where it is.
    __m512i last = _mm512_maskz_mov_epi64(0xC0, all);
    all = moved(all, _mm512_loadu_si512(by_lane), last);
    __m128i one = _mm_xor_si128(_mm512_extracti64x2_epi64(all, 0), _mm512_extracti64x2_epi64(all, 1));
    __m128i other = _mm_xor_si128(_mm512_extracti64x2_epi64(all, 2), _mm512_extracti64x2_epi64(all, 3));
    one = _mm_xor_si128(one, other);
    uint64_t words[2];
    _mm_storeu_si128((__m128i *)words, one);
    return STEP8(STEP8(0, words[0]), words[1]);
}

static int has_folding;

#endif

static int has_instruction;

/// Before main, and so before there is a second thread.
__attribute__((constructor)) static void prepare(void) {
    make_slices();
#if defined(HAS_INSTRUCTION)
    make_move(long_move, LONG_STREAM);
    make_move(short_move, SHORT_STREAM);
    has_instruction = HAS_INSTRUCTION;
#endif
#if defined(__x86_64__)
    make_all_factors();
    has_folding = __builtin_cpu_supports("vpclmulqdq") && __builtin_cpu_supports("pclmul") &&
                  __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq");
#endif
}

uint32_t cchecksum_crc32c(uint32_t crc, const void *bytes, size_t count) {
#if defined(__x86_64__)
    if (has_folding && count >= WORTH_FOLDING) {
        size_t folded = count / FOLDED * FOLDED;
        crc = ~by_folding(~crc, bytes, count / FOLDED);
        bytes = (const uint8_t *)bytes + folded;
        count -= folded;
    }
#endif
    return cchecksum_crc32c_by_word(crc, bytes, count);
}

uint32_t cchecksum_crc32c_by_word(uint32_t crc, const void *bytes, size_t count) {
#if defined(HAS_INSTRUCTION)
    if (has_instruction) return ~by_instruction(~crc, bytes, count);
#endif
    return ~portable(~crc, bytes, count);
}

uint32_t cchecksum_crc32c_portable(uint32_t crc, const void *bytes, size_t count) {
    return ~portable(~crc, bytes, count);
}
