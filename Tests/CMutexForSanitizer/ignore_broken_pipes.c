// Every program here ignores SIGPIPE: a peer that is gone is an error of write. So do the tests, before any of them runs.
#include <signal.h>

__attribute__((constructor)) static void ignore_broken_pipes(void) { signal(SIGPIPE, SIG_IGN); }
