/* Channel settings as the commands name them. A channel declared to have a needle on it takes no part in bias drive,
 * lead-off current or test signals, and is not joined with others over SRB1 or SRB2. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum { SETTINGS_OK, SETTINGS_NEEDLE, SETTINGS_FAULT } settings_result_t;

#define SETTINGS_N_FIELDS 6

/* Reset the chip and all channel settings; rate and needle declarations stay. No stream runs. */
void settings_reset(void);

/* What follows may be set in a stream too: its conversions stop for it and go on behind it. */
void settings_defaults(void);

/* Samples a second of a code of the `~` command, and of the one that is set. */
uint16_t settings_rate_of(uint8_t rate_code);
uint16_t settings_rate_sps(void);
settings_result_t settings_set_rate(uint8_t rate_code);

/* fields: P G I B S2 S1 as numbers, NOT_A_DIGIT (parse.h) for another byte. */
settings_result_t settings_channel(uint8_t channel, const uint8_t fields[SETTINGS_N_FIELDS]);
settings_result_t settings_power(uint8_t channel, bool is_off);
settings_result_t settings_lead_off(uint8_t channel, bool p, bool n);
settings_result_t settings_short_inputs(void);

/* signal: CAL_AMP and CAL_FREQ of CONFIG2. */
settings_result_t settings_test_signal(uint8_t signal);
settings_result_t settings_declare_needle(uint8_t channel, bool has_needle);

/* Channels with a needle, one bit each; the lowest of them, from 0. */
uint8_t settings_needles(void);
uint8_t settings_first_needle(void);

#endif
