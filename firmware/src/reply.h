/* Common parts of replies to commands. */
#ifndef REPLY_H
#define REPLY_H

#include <stdint.h>

#include "settings.h"

/* Send a constant (HAL_TEXT) and end the reply. */
void reply_say(const char *constant);

/* Send the result of a setting: the constant and the number of the channel (from 0, or NO_CHANNEL), or the failure. */
void reply_result(settings_result_t result, const char *success, uint8_t channel);

#endif
