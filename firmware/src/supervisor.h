/* Supervision of the converter: reports its faults in the banner and when it fails during a stream. */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include <stdint.h>

/* Reset the converter, check that it converts, and print the banner with the cause of the last reset. */
void supervisor_reset(void);

/* End a stream whose converter is silent or sends invalid frames, and report it. */
void supervisor_poll(uint32_t now_ms);

/* Print the cause of the last reset. */
void supervisor_say_reset_cause(void);

/* Print the fault of the converter as one sentence, without end mark; nothing when there is none. */
void supervisor_say_fault(void);

#endif
