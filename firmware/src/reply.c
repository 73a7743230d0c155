#include "reply.h"

#include "hal.h"
#include "parse.h"
#include "supervisor.h"
#include "text.h"

void reply_say(const char *constant) {
    text_say(constant);
    text_end();
}

static void say_needle(uint8_t channel) {
    text_say(HAL_TEXT("Failure: a needle is on channel "));
    text_number(channel + 1U);
    text_end();
}

void reply_result(settings_result_t result, const char *success, uint8_t channel) {
    if (result == SETTINGS_NEEDLE) {
        bool is_here = channel != NO_CHANNEL && (settings_needles() & (1U << channel)) != 0;
        say_needle(is_here ? channel : settings_first_needle());
        return;
    }
    if (result == SETTINGS_FAULT) {
        text_say(HAL_TEXT("Failure: "));
        supervisor_say_fault();
        text_end();
        return;
    }
    text_say(success);
    if (channel != NO_CHANNEL) {
        text_number(channel + 1U);
    }
    text_end();
}
