/* The board's time in a file that a client shares: the client waits by it, and the board waits for the client, so that
 * neither depends on how fast the machine is. */
#ifndef SHARED_CLOCK_H
#define SHARED_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Share the time in the first 16 bytes of a file that is there: two numbers of the machine's own byte order in ns, where
 * the board is, and until when the client lets it go on whether or not anything is read. On failure print one sentence
 * and return false. */
bool shared_clock_open(const char *path);
bool shared_clock_is_open(void);

/* Tell the client where the board is. */
void shared_clock_tell(uint64_t board_ns);

/* Until when the client lets the board go on unread. */
uint64_t shared_clock_awaited_ns(void);

#endif
