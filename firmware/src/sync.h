/* Sync output: a pulse that another device sees, asked for by a command. It begins and ends in the interrupt of a
 * conversion, so that both edges belong to samples, and is told as the event inputs are. */
#ifndef SYNC_H
#define SYNC_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    bool is_high;
    uint8_t age; /* conversions since the last edge; EVENTS_LONG_AGO for more, or when there was none */
} sync_t;

/* Low, and nothing asked for. A pulse is high for so many conversions, and as many pass before the next. */
void sync_begin(uint8_t pulse_conversions);

/* Pulse at the next conversion, or behind the pulse that is under way. */
void sync_ask(void);

/* From the interrupt of each conversion. */
void sync_on_conversion(void);

/* As of the last conversion; interrupts are off. */
sync_t sync_state(void);

#endif
