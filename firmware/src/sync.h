/* Sync output: a pulse for another device, requested by a command. It begins and ends in the interrupt of a conversion,
 * so that both edges belong to samples, and is reported like the event inputs. */
#ifndef SYNC_H
#define SYNC_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    bool is_high;
    uint8_t age; /* conversions since the last edge; EVENTS_LONG_AGO for at least that many, or no edge */
} sync_t;

/* Set the output low and clear any request. A pulse lasts pulse_conversions, followed by at least as many low ones. */
void sync_begin(uint8_t pulse_conversions);

/* Request a pulse at the next conversion, or after the present pulse. */
void sync_ask(void);

/* Called from the interrupt of each conversion. */
void sync_on_conversion(void);

/* State at the last conversion. Called with interrupts off. */
sync_t sync_state(void);

#endif
