/* Debouncing of the event inputs (needle contact, foot pedal): the first edge counts at once, bounces after it are
 * locked out. Times are in conversions, numbered modulo 65536. */
#ifndef EVENTS_H
#define EVENTS_H

#include <stdint.h>

#define EVENTS_N_PINS 2
#define EVENTS_LONG_AGO 255

/* Reset to these levels; lockout is the number of conversions a level is held after an edge, below EVENTS_LONG_AGO. */
void events_start(uint8_t levels, uint8_t lockout);

/* Process the levels at conversion `number` and return the debounced ones. Must be called every 65000 conversions. */
uint8_t events_sample(uint8_t levels, uint16_t number);

/* Conversions from a pin's last edge to the last events_sample; EVENTS_LONG_AGO for at least that many, or no edge. */
uint8_t events_age(uint8_t pin);

#endif
