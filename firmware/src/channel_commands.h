/* Commands that set channels. Those that need registers written stop the conversions of a stream and start them again. */
#ifndef CHANNEL_COMMANDS_H
#define CHANNEL_COMMANDS_H

#include <stdbool.h>
#include <stdint.h>

/* The bytes between the first and the last of `x…X`, `z…Z` and `n…`. */
void channel_configure(const uint8_t *fields);
void channel_set_lead_off(const uint8_t *fields);
void channel_declare_needle(const uint8_t *fields);

/* Inputs shorted, test signal. */
void channel_set_internal(uint8_t command);
void channel_set_defaults(void);

/* Channel on or off; false for any other byte. */
bool channel_take_switch(uint8_t byte);

#endif
