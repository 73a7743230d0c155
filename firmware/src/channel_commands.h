/* Commands that set channels. Those that write registers stop the conversions of a stream and restart them. */
#ifndef CHANNEL_COMMANDS_H
#define CHANNEL_COMMANDS_H

#include <stdbool.h>
#include <stdint.h>

/* The bytes between the first and the last of `x…X`, `z…Z` and `n…`. */
void channel_configure(const uint8_t *fields);
void channel_set_lead_off(const uint8_t *fields);
void channel_declare_needle(const uint8_t *fields);

/* Short the inputs, connect the test signal, or restore the default settings. */
void channel_set_internal(uint8_t command);
void channel_set_defaults(void);

/* Switch a channel on or off; false for any other byte. */
bool channel_take_switch(uint8_t byte);

#endif
