#include "channel_commands.h"

#include "ads1299.h"
#include "hal.h"
#include "parse.h"
#include "reply.h"
#include "settings.h"

/* CAL_AMP and CAL_FREQ of CONFIG2 */
#define CAL_2X 0x04
#define CAL_SLOW 0x00
#define CAL_FAST 0x01
#define CAL_DC 0x03

void channel_configure(const uint8_t *fields) {
    uint8_t numbers[SETTINGS_N_FIELDS];
    uint8_t channel = parse_channel(fields[0]);
    if (channel == NO_CHANNEL) {
        reply_say(HAL_TEXT("Failure: no such channel"));
        return;
    }
    for (uint8_t i = 0; i < SETTINGS_N_FIELDS; i++) {
        numbers[i] = parse_digit(fields[1 + i]);
    }
    reply_result(settings_channel(channel, numbers), HAL_TEXT("Success: Channel set for "), channel);
}

void channel_set_lead_off(const uint8_t *fields) {
    uint8_t channel = parse_channel(fields[0]);
    if (channel == NO_CHANNEL) {
        reply_say(HAL_TEXT("Failure: no such channel"));
        return;
    }
    settings_result_t result = settings_lead_off(channel, fields[1] == '1', fields[2] == '1');
    reply_result(result, HAL_TEXT("Success: Lead off set for "), channel);
}

void channel_declare_needle(const uint8_t *fields) {
    uint8_t channel = parse_channel(fields[0]);
    if (channel == NO_CHANNEL || parse_digit(fields[1]) > 1) {
        reply_say(HAL_TEXT("Failure: no such channel"));
        return;
    }
    settings_result_t result = settings_declare_needle(channel, fields[1] == '1');
    const char *success = fields[1] == '1' ? HAL_TEXT("Success: Needle on ") : HAL_TEXT("Success: No needle on ");
    reply_result(result, success, channel);
}

void channel_set_internal(uint8_t command) {
    static const uint8_t commands[] = {'-', '=', '[', ']', 'p'};
    static const uint8_t signals[] = {CAL_SLOW, CAL_FAST, CAL_2X | CAL_SLOW, CAL_2X | CAL_FAST, CAL_2X | CAL_DC};
    settings_result_t result = SETTINGS_OK;
    if (command == '0') {
        result = settings_short_inputs();
    }
    for (uint8_t i = 0; i < sizeof commands; i++) {
        if (command == commands[i]) {
            result = settings_test_signal(signals[i]);
        }
    }
    reply_result(result, HAL_TEXT("Success: Configured internal test signal."), NO_CHANNEL);
}

void channel_set_defaults(void) {
    reply_say(HAL_TEXT("updating channel settings to default"));
    settings_defaults();
}

bool channel_take_switch(uint8_t byte) {
    static const uint8_t on[ADS_N_CHANNELS] = {'!', '@', '#', '$', '%', '^', '&', '*'};
    if (parse_channel(byte) != NO_CHANNEL) {
        (void)settings_power(parse_channel(byte), true);
        return true;
    }
    for (uint8_t channel = 0; channel < ADS_N_CHANNELS; channel++) {
        if (byte == on[channel]) {
            (void)settings_power(channel, false);
            return true;
        }
    }
    return false;
}
