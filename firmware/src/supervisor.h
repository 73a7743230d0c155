/* Says in words what is wrong with the converter, at the banner and when it dies in mid-stream. */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include <stdint.h>

/* Reset the converter, see that it converts, and print the banner with the cause of the last reset. */
void supervisor_reset(void);

/* End a stream whose converter went silent or answers nonsense, and say so. */
void supervisor_poll(uint32_t now_ms);

/* Print the cause of the last reset. */
void supervisor_say_reset_cause(void);

/* Print the fault of the converter, one sentence without an end; nothing when there is none. */
void supervisor_say_fault(void);

#endif
