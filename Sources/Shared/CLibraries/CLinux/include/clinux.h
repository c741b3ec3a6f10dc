#pragma once
#include <stddef.h>
#include <stdint.h>

/// accept4 with SOCK_NONBLOCK and SOCK_CLOEXEC: a descriptor, or -errno.
int clinux_accept(int listener);

/// Names the calling thread (15 bytes at most), as `top -H` and a debugger show it.
void clinux_name_thread(const char *name);

/// Who connected to a unix stream socket, or listens on it (SO_PEERCRED): 0, or -errno.
int clinux_peer(int descriptor, int32_t *pid, uint32_t *uid, uint32_t *gid);

/// Bytes from the kernel's random source. 0, or -errno.
int clinux_random(void *bytes, size_t count);

/// Waits for descriptors like poll, and to the nanosecond: how many are ready, 0 when time is up, or -errno. `entries` are
/// `struct pollfd`.
int clinux_poll(void *entries, size_t count, int64_t nanoseconds);

/// Everything that was written to the file system of a descriptor is on its device (syncfs): 0, or -errno, also that of a write
/// in the background since the descriptor was opened.
int clinux_sync_file_system(int descriptor);
