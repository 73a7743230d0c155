#include "command.h"

#include <stdbool.h>

#include "ads1299.h"
#include "hal.h"
#include "settings.h"
#include "stream.h"
#include "supervisor.h"
#include "text.h"
#include "wire.h"

#define TIMEOUT_MS 1000U
#define NO_CHANNEL 0xFF

static uint8_t pending[WIRE_LONGEST_COMMAND];
static uint8_t n_pending;
static uint32_t pending_since_ms;
static uint32_t baud = WIRE_DEFAULT_BAUD;

static uint8_t length_of(uint8_t first) {
    switch (first) {
    case 'x':
        return 9;
    case 'z':
        return 5;
    case 'n':
        return 3;
    case '~':
    case '/':
    case '`':
    case WIRE_LINK_PREFIX:
        return 2;
    default:
        return 1;
    }
}

static uint8_t digit(uint8_t byte) { return byte >= '0' && byte <= '9' ? (uint8_t)(byte - '0') : NO_CHANNEL; }

static uint8_t channel_of(uint8_t letter) {
    uint8_t number = digit(letter);
    return number >= 1 && number <= ADS_N_CHANNELS ? (uint8_t)(number - 1) : NO_CHANNEL;
}

static void reply(const char *constant) {
    text_say(constant);
    text_end();
}

static void say_needle(uint8_t channel) {
    text_say(HAL_TEXT("Failure: a needle is on channel "));
    text_number(channel + 1U);
    text_end();
}

static void reply_result(settings_result_t result, const char *success, uint8_t channel) {
    if (result == SETTINGS_NEEDLE) {
        say_needle(channel == NO_CHANNEL ? settings_first_needle() : channel);
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

static void resume(void) {
    stream_resume(settings_rate_sps());
    supervisor_stream_started(hal_time_ms());
}

static void say_rate(void) {
    text_say(HAL_TEXT("Success: Sample rate is "));
    text_number(settings_rate_sps());
    reply(HAL_TEXT("Hz"));
}

static void set_rate(uint8_t byte) {
    uint8_t code = digit(byte);
    if (byte == '~') {
        say_rate();
    } else if (code == NO_CHANNEL) {
        reply(HAL_TEXT("Failure: invalid sample value"));
    } else if (code < WIRE_FIRST_RATE_CODE || code > WIRE_LAST_RATE_CODE) {
        reply(HAL_TEXT("Failure: sample value out of bounds"));
    } else {
        stream_pause();
        settings_result_t result = settings_set_rate(code);
        resume();
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
        reply(HAL_TEXT("Success: default"));
        return;
    case STREAM_MODE_DIGITAL:
        reply(HAL_TEXT("Success: digital"));
        return;
    case STREAM_MODE_MARKER:
        reply(HAL_TEXT("Success: marker"));
        return;
    }
}

static void set_mode(uint8_t byte) {
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
        reply(digit(byte) == NO_CHANNEL ? HAL_TEXT("Failure: invalid board mode value.")
                                        : HAL_TEXT("Failure: board mode value out of bounds."));
        return;
    }
    say_mode();
}

static void set_baud(uint8_t code) {
    if (stream_is_on()) {
        return;
    }
    switch (code) {
    case WIRE_LINK_STATUS:
        reply(HAL_TEXT("Success: System is Up"));
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
}

static void configure_channel(void) {
    uint8_t fields[SETTINGS_N_FIELDS];
    uint8_t channel = channel_of(pending[1]);
    if (channel == NO_CHANNEL) {
        reply(HAL_TEXT("Failure: no such channel"));
        return;
    }
    for (uint8_t i = 0; i < SETTINGS_N_FIELDS; i++) {
        fields[i] = digit(pending[2 + i]);
    }
    stream_pause();
    settings_result_t result = settings_channel(channel, fields);
    resume();
    reply_result(result, HAL_TEXT("Success: Channel set for "), channel);
}

static void set_lead_off(void) {
    uint8_t channel = channel_of(pending[1]);
    if (channel == NO_CHANNEL) {
        reply(HAL_TEXT("Failure: no such channel"));
        return;
    }
    stream_pause();
    settings_result_t result = settings_lead_off(channel, pending[2] == '1', pending[3] == '1');
    resume();
    reply_result(result, HAL_TEXT("Success: Lead off set for "), channel);
}

static void declare_needle(void) {
    uint8_t channel = channel_of(pending[1]);
    if (channel == NO_CHANNEL || digit(pending[2]) > 1) {
        reply(HAL_TEXT("Failure: no such channel"));
        return;
    }
    stream_pause();
    settings_result_t result = settings_declare_needle(channel, pending[2] == '1');
    resume();
    const char *success = pending[2] == '1' ? HAL_TEXT("Success: Needle on ") : HAL_TEXT("Success: No needle on ");
    reply_result(result, success, channel);
}

static void power_channel(uint8_t channel, bool is_off) {
    stream_pause();
    (void)settings_power(channel, is_off);
    resume();
}

static void set_internal(uint8_t byte) {
    static const uint8_t commands[] = {'-', '=', '[', ']', 'p'};
    static const uint8_t config2[] = {0xD0, 0xD1, 0xD4, 0xD5, 0xD7};
    settings_result_t result = SETTINGS_OK;
    stream_pause();
    if (byte == '0') {
        result = settings_short_inputs();
    }
    for (uint8_t i = 0; i < sizeof commands; i++) {
        if (byte == commands[i]) {
            result = settings_test_signal(config2[i]);
        }
    }
    resume();
    reply_result(result, HAL_TEXT("Success: Configured internal test signal."), NO_CHANNEL);
}

static void start(uint32_t now_ms) {
    if (stream_is_on()) {
        return;
    }
    uint16_t rate_sps = settings_rate_sps();
    if ((uint32_t)rate_sps * WIRE_PACKET_BYTES * WIRE_BITS_PER_BYTE > baud) {
        text_say(HAL_TEXT("Failure: "));
        text_number(rate_sps);
        text_say(HAL_TEXT(" Hz do not fit through "));
        text_number(baud);
        reply(HAL_TEXT(" baud: raise it with 0xF0 0x06 or 0xF0 0x0A"));
        return;
    }
    if (ads_health()->fault == ADS_BAD_ID) {
        reply_result(SETTINGS_FAULT, HAL_TEXT(""), NO_CHANNEL);
        return;
    }
    stream_start(rate_sps);
    supervisor_stream_started(now_ms);
}

static void say_counter(const char *name, uint32_t value) {
    text_say(name);
    text_number(value);
    text_char('\n');
}

static const char *name_of(uint8_t address) {
    switch (address) {
    case ADS_ID:
        return HAL_TEXT("ID");
    case ADS_CONFIG1:
        return HAL_TEXT("CONFIG1");
    case ADS_CONFIG2:
        return HAL_TEXT("CONFIG2");
    case ADS_CONFIG3:
        return HAL_TEXT("CONFIG3");
    case ADS_LOFF:
        return HAL_TEXT("LOFF");
    case ADS_BIAS_SENSP:
        return HAL_TEXT("BIAS_SENSP");
    case ADS_BIAS_SENSN:
        return HAL_TEXT("BIAS_SENSN");
    case ADS_LOFF_SENSP:
        return HAL_TEXT("LOFF_SENSP");
    case ADS_LOFF_SENSN:
        return HAL_TEXT("LOFF_SENSN");
    case ADS_LOFF_FLIP:
        return HAL_TEXT("LOFF_FLIP");
    case ADS_LOFF_STATP:
        return HAL_TEXT("LOFF_STATP");
    case ADS_LOFF_STATN:
        return HAL_TEXT("LOFF_STATN");
    case ADS_GPIO:
        return HAL_TEXT("GPIO");
    case ADS_MISC1:
        return HAL_TEXT("MISC1");
    case ADS_MISC2:
        return HAL_TEXT("MISC2");
    default:
        return HAL_TEXT("CONFIG4");
    }
}

static void say_register(uint8_t address) {
    if (address >= ADS_CH1SET && address < ADS_BIAS_SENSP) {
        text_say(HAL_TEXT("CH"));
        text_number(address - ADS_CH1SET + 1U);
        text_say(HAL_TEXT("SET"));
    } else {
        text_say(name_of(address));
    }
    text_say(HAL_TEXT(", "));
    text_hex(address);
    text_say(HAL_TEXT(", "));
    uint8_t value = ads_read(address);
    text_hex(value);
    for (uint8_t bit = 0x80; bit != 0; bit >>= 1) {
        text_say((value & bit) != 0 ? HAL_TEXT(", 1") : HAL_TEXT(", 0"));
    }
    text_char('\n');
}

static void say_registers(void) {
    if (stream_is_on()) {
        return;
    }
    text_say(HAL_TEXT("\nBoard ADS Registers\n"));
    for (uint8_t address = 0; address < ADS_N_REGISTERS; address++) {
        say_register(address);
    }
    stream_counts_t counts = stream_counts();
    text_say(HAL_TEXT("\nLast stream\n"));
    say_counter(HAL_TEXT("conversions "), counts.conversions);
    say_counter(HAL_TEXT("overruns "), counts.overruns);
    say_counter(HAL_TEXT("SPI faults "), counts.spi_faults);
    say_counter(HAL_TEXT("dropped packets "), counts.dropped);
    text_end();
}

static void set_defaults(void) {
    reply(HAL_TEXT("updating channel settings to default"));
    stream_pause();
    settings_defaults();
    resume();
}

static void stamp_time(bool is_on) {
    stream_set_time_stamps(is_on);
    reply(is_on ? HAL_TEXT("Time stamp ON") : HAL_TEXT("Time stamp OFF"));
}

/* Channel switches; false for any other byte. */
static bool take_switch(uint8_t byte) {
    static const uint8_t on[ADS_N_CHANNELS] = {'!', '@', '#', '$', '%', '^', '&', '*'};
    if (channel_of(byte) != NO_CHANNEL) {
        power_channel(channel_of(byte), true);
        return true;
    }
    for (uint8_t channel = 0; channel < ADS_N_CHANNELS; channel++) {
        if (byte == on[channel]) {
            power_channel(channel, false);
            return true;
        }
    }
    return false;
}

static void take_single(uint8_t byte, uint32_t now_ms) {
    if (take_switch(byte)) {
        return;
    }
    switch (byte) {
    case 'b':
        start(now_ms);
        return;
    case 's':
        stream_stop();
        return;
    case 'v':
        supervisor_reset();
        return;
    case 'V':
        reply(HAL_TEXT(WIRE_FIRMWARE_VERSION));
        return;
    case 'd':
        set_defaults();
        return;
    case 'D':
        reply(HAL_TEXT("060110"));
        return;
    case '?':
        say_registers();
        return;
    case '<':
    case '>':
        stamp_time(byte == '<');
        return;
    case 'C':
        reply(HAL_TEXT("no daisy to attach!8"));
        return;
    case '0':
    case '-':
    case '=':
    case '[':
    case ']':
    case 'p':
        set_internal(byte);
        return;
    default:
        return;
    }
}

static void take_long(void) {
    switch (pending[0]) {
    case 'x':
        if (pending[8] == 'X') {
            configure_channel();
        } else {
            reply(HAL_TEXT("Failure: Err: 9th char not X"));
        }
        return;
    case 'z':
        if (pending[4] == 'Z') {
            set_lead_off();
        } else {
            reply(HAL_TEXT("Failure: Err: 5th char not Z"));
        }
        return;
    case 'n':
        declare_needle();
        return;
    case '~':
        set_rate(pending[1]);
        return;
    case '/':
        set_mode(pending[1]);
        return;
    case '`':
        stream_set_marker(pending[1]);
        return;
    default:
        set_baud(pending[1]);
        return;
    }
}

void command_take(uint8_t byte, uint32_t now_ms) {
    if (n_pending == 0) {
        if (length_of(byte) == 1) {
            take_single(byte, now_ms);
            return;
        }
        pending_since_ms = now_ms;
    }
    pending[n_pending++] = byte;
    uint8_t end = pending[0] == 'x' ? 'X' : pending[0] == 'z' ? 'Z' : 0;
    bool is_complete = n_pending == length_of(pending[0]);
    if (!is_complete && end != 0 && byte == end) {
        n_pending = 0;
        reply(HAL_TEXT("Failure: too few chars"));
    } else if (is_complete) {
        n_pending = 0;
        take_long();
    }
}

void command_expire(uint32_t now_ms) {
    if (n_pending == 0 || now_ms - pending_since_ms < TIMEOUT_MS) {
        return;
    }
    bool is_link_command = pending[0] == WIRE_LINK_PREFIX; /* the dongle gives those up silently */
    n_pending = 0;
    if (!is_link_command) {
        reply(HAL_TEXT("Timeout processing multi byte message - please send all commands at once as of v2"));
    }
}
