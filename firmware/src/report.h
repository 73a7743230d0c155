/* Reply to `?`. */
#ifndef REPORT_H
#define REPORT_H

/* Send all registers as read from the chip, the state of the board and the counts of the last stream; nothing while
 * streaming. */
void report_say(void);

#endif
