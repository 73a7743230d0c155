#define _GNU_SOURCE
#include "pty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static int master = -1;
static int slave = -1; /* kept open, so that the master stays usable without a client */
static const char *link_path;

static bool is_foreign(const char *path) {
    struct stat found;
    return lstat(path, &found) == 0 && !S_ISLNK(found.st_mode);
}

bool pty_open(const char *link) {
    struct termios raw;
    if (is_foreign(link)) {
        fprintf(stderr, "%s is there already and is no link of a simulated board: give another path\n", link);
        return false;
    }
    master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) {
        fprintf(stderr, "no pseudo-terminal can be had: %s\n", strerror(errno));
        return false;
    }
    slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    if (slave < 0 || tcgetattr(slave, &raw) != 0) {
        fprintf(stderr, "the pseudo-terminal cannot be opened: %s\n", strerror(errno));
        return false;
    }
    cfmakeraw(&raw); /* a cooked one would echo the board's output back to it */
    cfsetspeed(&raw, B115200);
    (void)tcsetattr(slave, TCSANOW, &raw);
    (void)unlink(link);
    if (symlink(ptsname(master), link) != 0) {
        fprintf(stderr, "%s cannot be made: %s\n", link, strerror(errno));
        return false;
    }
    link_path = link;
    return true;
}

void pty_close(void) {
    if (link_path != NULL) {
        (void)unlink(link_path);
    }
    (void)close(slave);
    (void)close(master);
}

size_t pty_read(uint8_t *bytes, size_t n_bytes) {
    ssize_t n = read(master, bytes, n_bytes);
    return n > 0 ? (size_t)n : 0;
}

size_t pty_write(const uint8_t *bytes, size_t n_bytes) {
    ssize_t n = write(master, bytes, n_bytes);
    return n > 0 ? (size_t)n : 0;
}

size_t pty_unread(void) {
    int n = 0;
    return ioctl(slave, FIONREAD, &n) == 0 && n > 0 ? (size_t)n : 0;
}

uint32_t pty_baud(void) {
    struct termios settings;
    if (tcgetattr(slave, &settings) != 0) {
        return 0;
    }
    switch (cfgetospeed(&settings)) {
    case B115200:
        return 115200;
    case B230400:
        return 230400;
    case B921600:
        return 921600;
    default:
        return 0;
    }
}
