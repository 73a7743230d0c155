/* What the answers to commands have in common. */
#ifndef REPLY_H
#define REPLY_H

#include <stdint.h>

#include "settings.h"

/* Say a constant (HAL_TEXT) and end the reply. */
void reply_say(const char *constant);

/* Say how a setting went: the constant and the number of the channel (from 0, or NO_CHANNEL), or why not. */
void reply_result(settings_result_t result, const char *success, uint8_t channel);

#endif
