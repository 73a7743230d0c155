#include "shared_clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    _Atomic uint64_t board_ns, awaited_ns, allowed_ns;
} times_t;

static times_t *times;

bool shared_clock_open(const char *path) {
    struct stat found;
    int file = open(path, O_RDWR);
    if (file < 0 || fstat(file, &found) != 0) {
        fprintf(stderr, "the clock %s cannot be opened: %s\n", path, strerror(errno));
        return false;
    }
    if (found.st_size < (off_t)sizeof *times) {
        fprintf(stderr, "the clock %s has %ld bytes and needs %zu: did the client make it?\n", path, (long)found.st_size,
                sizeof *times);
        (void)close(file);
        return false;
    }
    void *mapped = mmap(NULL, sizeof *times, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    (void)close(file);
    if (mapped == MAP_FAILED) {
        fprintf(stderr, "the clock %s cannot be shared: %s\n", path, strerror(errno));
        return false;
    }
    times = mapped;
    return true;
}

void shared_clock_tell(uint64_t board_ns) {
    if (times != NULL) {
        atomic_store(&times->board_ns, board_ns);
    }
}

bool shared_clock_holds(uint64_t board_ns, bool is_all_read) {
    return times != NULL && board_ns >= atomic_load(&times->awaited_ns) &&
           !(is_all_read && board_ns < atomic_load(&times->allowed_ns));
}
