// What the Glibc module does not import.
#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// Read by jemalloc, where it is linked in. A message of 8 MiB or more is nothing special to a broker: without the first its
// memory would go back to the system, and be zeroed again, each time. Without the second an idle broker would keep what it
// needed when it was busy.
const char *malloc_conf = "oversize_threshold:0,background_thread:true,dirty_decay_ms:5000,muzzy_decay_ms:0";

int clinux_accept(int listener) {
    int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

void clinux_name_thread(const char *name) {
    char cut[16];
    snprintf(cut, sizeof cut, "%s", name);
    pthread_setname_np(pthread_self(), cut);
}

int clinux_peer(int descriptor, int32_t *pid, uint32_t *uid, uint32_t *gid) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return -errno;
    *pid = peer.pid;
    *uid = peer.uid;
    *gid = peer.gid;
    return 0;
}

int clinux_random(void *bytes, size_t count) {
    char *at = bytes;
    while (count > 0) {
        ssize_t got = getrandom(at, count, 0);
        if (got < 0 && errno != EINTR) return -errno;
        if (got > 0) {
            at += got;
            count -= (size_t)got;
        }
    }
    return 0;
}

int clinux_poll(void *entries, size_t count, int64_t nanoseconds) {
    struct timespec timeout = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    int ready = ppoll(entries, count, &timeout, NULL);
    return ready >= 0 ? ready : -errno;
}

int clinux_sync_file_system(int descriptor) { return syncfs(descriptor) == 0 ? 0 : -errno; }
