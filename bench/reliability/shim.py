"""Library for LD_PRELOAD that makes writes fail or hang and clocks jump."""

import subprocess
from pathlib import Path

SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* Tells whether the path of a file ends in a name. */
static int is_called(int fd, const char *name) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path), length = (ssize_t)strlen(name);
    return size >= length && !memcmp(path + size - length, name, length);
}

/* Lets write or fsync of ordinary files fail once the file named by FAIL_WHEN is there; where FAIL_NAME is told, of
   files whose path ends in it alone. The first failure makes the file FAIL_WHEN.seen. */
static int fails(int fd, const char *what) {
    struct stat told;
    char seen[PATH_MAX];
    const char *when = getenv("FAIL_WHEN"), *which = getenv("FAIL_CALL"), *name = getenv("FAIL_NAME");
    if (fd <= 2 || !when || !which || strcmp(which, what) || access(when, F_OK) || fstat(fd, &told)
        || !S_ISREG(told.st_mode)) return 0;
    if (name && !is_called(fd, name)) return 0;
    snprintf(seen, sizeof seen, "%s.seen", when);
    close(open(seen, O_CREAT | O_RDONLY, 0600));
    return 1;
}

/* Lets write of files whose path ends in HOLD_NAME wait as long as the file named by HOLD_WHEN is there. */
static void hold(int fd) {
    const char *when = getenv("HOLD_WHEN"), *name = getenv("HOLD_NAME");
    if (fd <= 2 || !when || !name || access(when, F_OK) || !is_called(fd, name)) return;
    while (!access(when, F_OK)) usleep(10000);
}

ssize_t write(int fd, const void *data, size_t size) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "write");
    hold(fd);
    if (fails(fd, "write")) { errno = EIO; return -1; }
    return real(fd, data, size);
}

int fsync(int fd) {
    static int (*real)(int);
    if (!real) real = dlsym(RTLD_NEXT, "fsync");
    if (fails(fd, "fsync")) { errno = EIO; return -1; }
    return real(fd);
}

/* The file named by CLOCK_SHIFT holds by how many seconds the time of day is set, and how many the computer slept. */
static long shift_s(int of_sleep) {
    char text[64] = "";
    long set = 0, slept = 0;
    const char *path = getenv("CLOCK_SHIFT");
    int fd = path ? open(path, O_RDONLY) : -1;
    if (fd < 0) return 0;
    if (read(fd, text, sizeof text - 1) > 0) sscanf(text, "%ld %ld", &set, &slept);
    close(fd);
    return of_sleep ? slept : set;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int status = real(clock, time);
    if (clock == CLOCK_REALTIME) time->tv_sec += shift_s(0);
    if (clock == CLOCK_BOOTTIME) time->tv_sec += shift_s(1);
    return status;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    static int (*real)(struct timeval *, void *);
    if (!real) real = dlsym(RTLD_NEXT, "gettimeofday");
    int status = real(time, zone);
    time->tv_sec += shift_s(0);
    return status;
}
"""


def built_shim(folder: Path) -> Path:
    """Build the library in `folder` and return its path."""
    source, library = folder / "shim.c", folder / "shim.so"
    source.write_text(SOURCE)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library
