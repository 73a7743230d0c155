/* Scripted actions on the streaming board, at SECONDS since its conversions started. */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#define SCRIPT_HELP \
    "pin1=0 pin1=1 pin2=0 pin2=1 drdy=stuck drdy=right miso=stuck miso=right\n" \
    "  uart=stuck uart=right bit-errors=N (one wrong bit in N bytes, 0 for none) brown-out reset hang\n" \
    "  electrode=CHANNEL:OHM electrode=CHANNEL:off"

/* Set the impedance of both electrodes of a pair ("3:40000", ohms) or disconnect them ("3:off") at once; false for any
 * other text. */
bool script_set_electrode(const char *text);

/* Add an action; false when time or action is invalid or there are too many. Actions run once, in the order added. */
bool script_add(const char *seconds, const char *action);

/* Run the board and the due actions until `cycle`; false when its program crashed. */
bool script_run_until(uint64_t cycle);

#endif
