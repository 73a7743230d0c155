/* Event inputs (needle contact, foot pedal): the first edge counts at once, bounces after it are locked out. Times are in
 * conversions, by their number modulo 65536. */
#ifndef EVENTS_H
#define EVENTS_H

#include <stdint.h>

#define EVENTS_N_PINS 2
#define EVENTS_LONG_AGO 255

/* Forget everything; lockout is how many conversions a level stays after its edge, below EVENTS_LONG_AGO. */
void events_start(uint8_t levels, uint8_t lockout);

/* Take the levels at conversion `number`, return the debounced ones. Every 65000 conversions one must be taken. */
uint8_t events_sample(uint8_t levels, uint16_t number);

/* Conversions since the last edge of a pin, as of the last ones taken; EVENTS_LONG_AGO for more, or when there was none. */
uint8_t events_age(uint8_t pin);

#endif
