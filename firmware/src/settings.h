/* Channel settings in the terms of the commands. A channel with a declared needle is excluded from bias drive, lead-off
 * current and test signals, and is not connected to others through SRB1 or SRB2. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum { SETTINGS_OK, SETTINGS_NEEDLE, SETTINGS_FAULT } settings_result_t;

#define SETTINGS_N_FIELDS 6

/* Reset the chip and all channel settings; rate and needle declarations are kept. No stream may be running. */
void settings_reset(void);

/* The following functions may be called during a stream; its conversions stop for the change and resume after it. */
void settings_defaults(void);

/* Samples per second of a code of the `~` command, and of the present one. */
uint16_t settings_rate_of(uint8_t rate_code);
uint16_t settings_rate_sps(void);
settings_result_t settings_set_rate(uint8_t rate_code);

/* fields: P G I B S2 S1 as numbers, NOT_A_DIGIT (parse.h) for any other byte. */
settings_result_t settings_channel(uint8_t channel, const uint8_t fields[SETTINGS_N_FIELDS]);
settings_result_t settings_power(uint8_t channel, bool is_off);
settings_result_t settings_lead_off(uint8_t channel, bool p, bool n);
settings_result_t settings_short_inputs(void);

/* signal: CAL_AMP and CAL_FREQ of CONFIG2. */
settings_result_t settings_test_signal(uint8_t signal);
settings_result_t settings_declare_needle(uint8_t channel, bool has_needle);

/* Channels with a needle, one bit each; and the lowest of them, from 0. */
uint8_t settings_needles(void);
uint8_t settings_first_needle(void);

#endif
