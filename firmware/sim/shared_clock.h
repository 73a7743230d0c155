/* The board's time in a file shared with a client: the client waits by it and the board waits for the client, so that
 * neither depends on the speed of the machine. */
#ifndef SHARED_CLOCK_H
#define SHARED_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Share the time in the first 24 bytes of an existing file: three 64-bit numbers in native byte order, in ns. They are
 * the board's time, the time until which the client waits without reading, and the time until which the board may run
 * while nothing is unread. On failure print one sentence and return false. */
bool shared_clock_open(const char *path);

/* Publish the board's time to the client. */
void shared_clock_tell(uint64_t board_ns);

/* Whether a client holds the board: it waits for no later time, and data are unread or the allowed time is over. */
bool shared_clock_holds(uint64_t board_ns, bool is_all_read);

#endif
