/* What happens to the board while it streams, by the time of the stream: SECONDS since its conversions started. */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#define SCRIPT_HELP \
    "pin1=0 pin1=1 pin2=0 pin2=1 drdy=stuck drdy=right miso=stuck miso=right\n" \
    "  uart=stuck uart=right bit-errors=N (one wrong bit in N bytes, 0 for none) brown-out reset hang\n" \
    "  electrode=CHANNEL:OHM electrode=CHANNEL:off"

/* Give both electrodes of a pair so many ohms ("3:40000") or take them off ("3:off") at once; false when it is not
 * understood. */
bool script_set_electrode(const char *text);

/* Add an action; false when it is not understood. Each happens once, in the order in which they are added. */
bool script_add(const char *seconds, const char *action);

/* Run the board until `cycle` and let happen what is due; false when its program crashed. */
bool script_run_until(uint64_t cycle);

#endif
