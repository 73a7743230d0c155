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
    _Atomic uint64_t board_ns, awaited_ns;
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
        fprintf(stderr, "the clock %s has %ld bytes and needs 16: did the client make it?\n", path, (long)found.st_size);
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

bool shared_clock_is_open(void) { return times != NULL; }

void shared_clock_tell(uint64_t board_ns) {
    if (times != NULL) {
        atomic_store(&times->board_ns, board_ns);
    }
}

uint64_t shared_clock_awaited_ns(void) { return times != NULL ? atomic_load(&times->awaited_ns) : 0; }
