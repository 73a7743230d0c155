/* What commands have in common: their digits and letters, and their answers. */
#ifndef REPLY_H
#define REPLY_H

#include <stdint.h>

#include "settings.h"

#define NO_CHANNEL 0xFF

/* Value of a digit, or of the letter of a channel from 0; NO_CHANNEL for any other byte. */
uint8_t reply_digit(uint8_t byte);
uint8_t reply_channel(uint8_t letter);

/* Say a constant (HAL_TEXT) and end the reply. */
void reply_say(const char *constant);

/* Say how a setting went: the constant and the channel's number, or why not. */
void reply_result(settings_result_t result, const char *success, uint8_t channel);

#endif
