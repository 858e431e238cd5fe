// Stands between larder and the C library (LD_PRELOAD) and strikes at the N-th call of a kind that touches the data directory: one count
// for the whole process, where strace counts each thread for itself. Compiled by Torture/shim.py; driven through a shared page.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPEN, WRITE, PWRITE, FSYNC, FDATASYNC, RENAME, UNLINK, FTRUNCATE, SYNC_FILE_RANGE, MKDIR, PREAD, READ, DIRSYNC, CALLS };
enum { NOTHING, KILL_BEFORE, KILL_AFTER, FAIL, SHORT, KILL_HALFWAY, LIE };

struct control {
    _Atomic unsigned armed, fired;
    unsigned call, nth, action, sticky, error, reserved;
    _Atomic unsigned counts[16];
    char root[512];
};

static struct control *control;
enum { DESCRIPTORS = 65536 };
static _Atomic unsigned char ours[DESCRIPTORS];

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("TORTURE_SHIM");
    if (!path) return;
    int descriptor = (int)syscall(257 /* openat */, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
    if (descriptor < 0) abort();
    void *page = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (page == MAP_FAILED) abort();
    control = page;
    close(descriptor);
}

static int below_root(const char *path) { return control && path && strncmp(path, control->root, strlen(control->root)) == 0; }
static int is_ours(int descriptor) { return control && descriptor >= 0 && descriptor < DESCRIPTORS ? ours[descriptor] : 0; }
static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

// What is to happen to this call, which touches the data directory.
static unsigned strike(unsigned call) {
    if (!control->armed) return NOTHING;
    unsigned number = atomic_fetch_add(&control->counts[call], 1) + 1;
    if (control->call != call || !control->action) return NOTHING;
    if (number != control->nth && !(control->sticky && number > control->nth)) return NOTHING;
    atomic_store(&control->fired, 1);
    if (control->action == KILL_BEFORE) die();
    return control->action;
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define AROUND(call, touches, expression, failure) \
    unsigned action = (touches) ? strike(call) : NOTHING; \
    if (action == FAIL) { errno = (int)control->error; return failure; } \
    if (action == LIE) return 0; \
    __typeof__(expression) result = (expression); \
    if (action == KILL_AFTER) die(); \
    return result

// 1: a file of the data directory, 2: a directory.
static int opened(int descriptor, int touches) {
    if (descriptor >= 0 && descriptor < DESCRIPTORS) {
        struct stat status;
        int is_directory = touches && fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode);
        ours[descriptor] = (unsigned char)(touches ? 1 + is_directory : 0);
    }
    return descriptor;
}

#define OPEN_BODY(name) \
    mode_t mode = 0; \
    if (flags & (O_CREAT | __O_TMPFILE)) { va_list list; va_start(list, flags); mode = va_arg(list, mode_t); va_end(list); } \
    REAL(name); \
    int touches = below_root(path); \
    AROUND(OPEN, touches, opened(real(path, flags, mode), touches), -1)
int open(const char *path, int flags, ...) { OPEN_BODY(open); }
int open64(const char *path, int flags, ...) { OPEN_BODY(open64); }

int close(int descriptor) {
    REAL(close);
    if (descriptor >= 0 && descriptor < DESCRIPTORS) ours[descriptor] = 0;
    return real(descriptor);
}

#define WRITE_BODY(call, whole, half) \
    unsigned action = is_ours(descriptor) ? strike(call) : NOTHING; \
    if (action == FAIL) { errno = (int)control->error; return -1; } \
    if (action == SHORT && count > 1) return half; \
    if (action == KILL_HALFWAY) { if (count > 1) (void)!half; die(); } \
    ssize_t result = whole; \
    if (action == KILL_AFTER) die(); \
    return result
ssize_t write(int descriptor, const void *bytes, size_t count) {
    REAL(write);
    WRITE_BODY(WRITE, real(descriptor, bytes, count), real(descriptor, bytes, count / 2));
}
ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    REAL(pwrite);
    WRITE_BODY(PWRITE, real(descriptor, bytes, count, offset), real(descriptor, bytes, count / 2, offset));
}
ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    REAL(pwrite64);
    WRITE_BODY(PWRITE, real(descriptor, bytes, count, offset), real(descriptor, bytes, count / 2, offset));
}

int fsync(int descriptor) { REAL(fsync); AROUND(FSYNC, is_ours(descriptor), real(descriptor), -1); }
// SQLite syncs directories with fdatasync, and passes over their failures: a kind of its own.
int fdatasync(int descriptor) {
    REAL(fdatasync);
    AROUND(is_ours(descriptor) == 2 ? DIRSYNC : FDATASYNC, is_ours(descriptor), real(descriptor), -1);
}
int rename(const char *from, const char *to) { REAL(rename); AROUND(RENAME, below_root(to) || below_root(from), real(from, to), -1); }
int unlink(const char *path) { REAL(unlink); AROUND(UNLINK, below_root(path), real(path), -1); }
int ftruncate(int descriptor, off_t size) { REAL(ftruncate); AROUND(FTRUNCATE, is_ours(descriptor), real(descriptor, size), -1); }
int ftruncate64(int descriptor, off64_t size) { REAL(ftruncate64); AROUND(FTRUNCATE, is_ours(descriptor), real(descriptor, size), -1); }
int sync_file_range(int descriptor, off64_t offset, off64_t count, unsigned flags) {
    REAL(sync_file_range);
    AROUND(SYNC_FILE_RANGE, is_ours(descriptor), real(descriptor, offset, count, flags), -1);
}
int mkdir(const char *path, mode_t mode) { REAL(mkdir); AROUND(MKDIR, below_root(path), real(path, mode), -1); }
ssize_t pread(int descriptor, void *bytes, size_t count, off_t offset) {
    REAL(pread);
    AROUND(PREAD, is_ours(descriptor), real(descriptor, bytes, count, offset), -1);
}
ssize_t pread64(int descriptor, void *bytes, size_t count, off64_t offset) {
    REAL(pread64);
    AROUND(PREAD, is_ours(descriptor), real(descriptor, bytes, count, offset), -1);
}
ssize_t read(int descriptor, void *bytes, size_t count) { REAL(read); AROUND(READ, is_ours(descriptor), real(descriptor, bytes, count), -1); }
