/* Fails one file call of a process, once: the n-th of a kind on paths under a folder. Loaded with LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPEN, READ, WRITE, FSYNC, RENAME, UNLINK, KINDS };
static char folder[PATH_MAX];
static int kind = -1, number, failure, seen[KINDS];

/* Called by the test through ctypes. */
void faults_set(const char *where, int which, int nth, int error) {
    strncpy(folder, where, sizeof folder - 1);
    memset(seen, 0, sizeof seen);
    kind = which, number = nth, failure = error;
}
int faults_seen(int which) { return seen[which]; }

static int fails(int which, const char *path) {
    if (!folder[0] || !path || strncmp(path, folder, strlen(folder))) return 0;
    int n = __sync_add_and_fetch(&seen[which], 1);
    if (which != kind || n != number) return 0;
    errno = failure;
    return 1;
}
static int fails_handle(int which, int handle) {
    if (!folder[0]) return 0;
    char name[64], path[PATH_MAX];
    snprintf(name, sizeof name, "/proc/self/fd/%d", handle);
    ssize_t n = readlink(name, path, sizeof path - 1);
    if (n < 0) return 0;
    path[n] = 0;
    return fails(which, path);
}
#define NEXT(name) static __typeof__(&name) next; if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static mode_t mode_of(int flags, va_list rest) {
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, int) : 0;
}
int open(const char *path, int flags, ...) {
    NEXT(open); va_list rest; va_start(rest, flags); mode_t mode = mode_of(flags, rest); va_end(rest);
    return fails(OPEN, path) ? -1 : next(path, flags, mode);
}
int open64(const char *path, int flags, ...) {
    NEXT(open64); va_list rest; va_start(rest, flags); mode_t mode = mode_of(flags, rest); va_end(rest);
    return fails(OPEN, path) ? -1 : next(path, flags, mode);
}
ssize_t read(int handle, void *data, size_t size) {
    NEXT(read); return fails_handle(READ, handle) ? -1 : next(handle, data, size);
}
ssize_t pread64(int handle, void *data, size_t size, off64_t at) {
    NEXT(pread64); return fails_handle(READ, handle) ? -1 : next(handle, data, size, at);
}
ssize_t write(int handle, const void *data, size_t size) {
    NEXT(write); return fails_handle(WRITE, handle) ? -1 : next(handle, data, size);
}
ssize_t pwrite64(int handle, const void *data, size_t size, off64_t at) {
    NEXT(pwrite64); return fails_handle(WRITE, handle) ? -1 : next(handle, data, size, at);
}
int fsync(int handle) { NEXT(fsync); return fails_handle(FSYNC, handle) ? -1 : next(handle); }
int rename(const char *from, const char *to) { NEXT(rename); return fails(RENAME, from) ? -1 : next(from, to); }
int unlink(const char *path) { NEXT(unlink); return fails(UNLINK, path) ? -1 : next(path); }
