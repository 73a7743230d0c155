#include "stream_commands.h"

#include "ads1299.h"
#include "hal.h"
#include "parse.h"
#include "reply.h"
#include "settings.h"
#include "stream.h"
#include "sync.h"
#include "text.h"
#include "wire.h"

static uint32_t baud = WIRE_DEFAULT_BAUD;

static void say_rate(void) {
    text_say(HAL_TEXT("Success: Sample rate is "));
    text_number(settings_rate_sps());
    reply_say(HAL_TEXT("Hz"));
}

static bool fits_the_line(uint16_t rate_sps) {
    return (uint32_t)rate_sps * WIRE_PACKET_BYTES * WIRE_BITS_PER_BYTE <= baud;
}

static void say_too_fast(uint16_t rate_sps) {
    text_say(HAL_TEXT("Failure: "));
    text_number(rate_sps);
    text_say(HAL_TEXT(" Hz do not fit through "));
    text_number(baud);
    reply_say(HAL_TEXT(" baud: raise it with 0xF0 0x06 or 0xF0 0x0A"));
}

/* A client with a fixed baud rate does not set the sampling rate either, so lowering the baud rate lowers both. */
static void lower_rate_to_the_line(void) {
    uint8_t code = WIRE_FIRST_RATE_CODE;
    while (code < WIRE_LAST_RATE_CODE && !fits_the_line(settings_rate_of(code))) {
        code++;
    }
    if (!fits_the_line(settings_rate_sps())) {
        (void)settings_set_rate(code); /* the start reports a converter that does not accept it */
    }
}

void stream_commands_set_rate(uint8_t byte) {
    uint8_t code = parse_digit(byte);
    if (byte == '~') {
        say_rate();
    } else if (code == NOT_A_DIGIT) {
        reply_say(HAL_TEXT("Failure: invalid sample value"));
    } else if (code < WIRE_FIRST_RATE_CODE || code > WIRE_LAST_RATE_CODE) {
        reply_say(HAL_TEXT("Failure: sample value out of bounds"));
    } else if (stream_is_on() && !fits_the_line(settings_rate_of(code))) {
        say_too_fast(settings_rate_of(code)); /* without a stream the baud rate may still be raised; the start checks */
    } else {
        settings_result_t result = settings_set_rate(code);
        if (result == SETTINGS_OK) {
            say_rate();
        } else {
            reply_result(result, HAL_TEXT(""), NO_CHANNEL);
        }
    }
}

static void say_mode(void) {
    switch (stream_mode()) {
    case STREAM_MODE_DEFAULT:
        reply_say(HAL_TEXT("Success: default"));
        return;
    case STREAM_MODE_DIGITAL:
        reply_say(HAL_TEXT("Success: digital"));
        return;
    case STREAM_MODE_MARKER:
        reply_say(HAL_TEXT("Success: marker"));
        return;
    }
}

void stream_commands_set_mode(uint8_t byte) {
    switch (byte) {
    case '/':
        break;
    case '0':
        stream_set_mode(STREAM_MODE_DEFAULT);
        break;
    case '3':
        stream_set_mode(STREAM_MODE_DIGITAL);
        break;
    case '4':
        stream_set_mode(STREAM_MODE_MARKER);
        break;
    default:
        reply_say(parse_digit(byte) == NOT_A_DIGIT ? HAL_TEXT("Failure: invalid board mode value.")
                                        : HAL_TEXT("Failure: board mode value out of bounds."));
        return;
    }
    say_mode();
}

void stream_commands_set_baud(uint8_t code) {
    if (stream_is_on()) {
        return;
    }
    switch (code) {
    case WIRE_LINK_STATUS:
        reply_say(HAL_TEXT("Success: System is Up"));
        return;
    case WIRE_LINK_BAUD_115200:
        baud = 115200;
        break;
    case WIRE_LINK_BAUD_230400:
        baud = 230400;
        break;
    case WIRE_LINK_BAUD_921600:
        baud = 921600;
        break;
    default:
        return;
    }
    text_say(HAL_TEXT("Success: Switch your baud rate to "));
    text_number(baud);
    text_end();
    hal_uart_set_baud(baud);
    lower_rate_to_the_line();
}

void stream_commands_start(void) {
    if (stream_is_on()) {
        return;
    }
    uint16_t rate_sps = settings_rate_sps();
    if (!fits_the_line(rate_sps)) {
        say_too_fast(rate_sps);
        return;
    }
    if (ads_health()->fault == ADS_BAD_ID) {
        reply_result(SETTINGS_FAULT, HAL_TEXT(""), NO_CHANNEL);
        return;
    }
    stream_start(rate_sps);
}

void stream_commands_stamp_time(bool is_on) {
    stream_set_time_stamps(is_on);
    reply_say(is_on ? HAL_TEXT("Time stamp ON") : HAL_TEXT("Time stamp OFF"));
}

void stream_commands_pulse(void) {
    if (stream_is_on()) {
        sync_ask();
    } else {
        reply_say(HAL_TEXT("Failure: no stream, whose samples could tell of a pulse"));
    }
}
