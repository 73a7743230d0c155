/* Event inputs (needle contact, foot pedal): the first edge counts at once, bounces after it are locked out. */
#ifndef EVENTS_H
#define EVENTS_H

#include <stdint.h>

#define EVENTS_N_PINS 2

/* Forget everything; lockout_samples is how long a level stays after its edge. */
void events_start(uint8_t levels, uint16_t lockout_samples);

/* Take the levels at one conversion, return the debounced ones. */
uint8_t events_sample(uint8_t levels);

#endif
