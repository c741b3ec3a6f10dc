// OpenSSL takes another allocator only before its first allocation, so this is installed before main and before any test.
#include "counted_memory.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

// Before each block, and as much as alignment wants.
enum { header = 16 };

static _Thread_local long counted;
static bool works;

static void *allocate(size_t count, const char *file, int line) {
    (void)file, (void)line;
    char *block = count ? malloc(count + header) : NULL;
    if (!block) return NULL;
    memcpy(block, &count, sizeof count);
    counted += (long)count;
    return block + header;
}

static size_t size_of(const void *pointer) {
    size_t count;
    memcpy(&count, (const char *)pointer - header, sizeof count);
    return count;
}

static void release(void *pointer, const char *file, int line) {
    (void)file, (void)line;
    if (!pointer) return;
    counted -= (long)size_of(pointer);
    free((char *)pointer - header);
}

static void *resize(void *old, size_t count, const char *file, int line) {
    if (!count) {
        release(old, file, line);
        return NULL;
    }
    void *new = allocate(count, file, line);
    if (!new || !old) return new;
    size_t held = size_of(old);
    memcpy(new, old, held < count ? held : count);
    release(old, file, line);
    return new;
}

__attribute__((constructor)) static void install(void) { works = CRYPTO_set_mem_functions(allocate, resize, release) == 1; }

long counted_memory_bytes(void) { return counted; }

bool counted_memory_works(void) { return works; }
