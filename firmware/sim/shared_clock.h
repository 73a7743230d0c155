/* The board's time in a file that a client shares: the client waits by it, and the board waits for the client, so that
 * neither depends on how fast the machine is. */
#ifndef SHARED_CLOCK_H
#define SHARED_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Share the time in the first 24 bytes of a file that is there: three numbers of the machine's own byte order in ns,
 * where the board is, until when the client waits for it and does not read, and until when it may go on while nothing is
 * left unread. On failure print one sentence and return false. */
bool shared_clock_open(const char *path);

/* Tell the client where the board is. */
void shared_clock_tell(uint64_t board_ns);

/* Whether a client holds the board where it is: it neither waits nor, with all of it read, lets it go on. */
bool shared_clock_holds(uint64_t board_ns, bool is_all_read);

#endif
