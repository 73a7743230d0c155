#include "command.h"

#include <stdbool.h>

#include "channel_commands.h"
#include "hal.h"
#include "registers.h"
#include "reply.h"
#include "report.h"
#include "stream.h"
#include "stream_commands.h"
#include "supervisor.h"
#include "wire.h"

#define TIMEOUT_MS 1000U

static uint8_t pending[WIRE_LONGEST_COMMAND];
static uint8_t n_pending;
static uint32_t pending_since_ms;

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

static void take_single(uint8_t byte) {
    if (channel_take_switch(byte)) {
        return;
    }
    switch (byte) {
    case 'b':
        stream_commands_start();
        return;
    case 's':
        stream_stop();
        return;
    case 'v':
        supervisor_reset();
        return;
    case 'V':
        reply_say(HAL_TEXT(WIRE_FIRMWARE_VERSION));
        return;
    case 'd':
        channel_set_defaults();
        return;
    case 'D':
        reply_say(HAL_TEXT(REGISTER_CHANNEL_FIELDS));
        return;
    case '?':
        report_say();
        return;
    case '<':
    case '>':
        stream_commands_stamp_time(byte == '<');
        return;
    case 'o':
        stream_commands_pulse();
        return;
    case 'C':
        reply_say(HAL_TEXT("no daisy to attach!8"));
        return;
    case '0':
    case '-':
    case '=':
    case '[':
    case ']':
    case 'p':
        channel_set_internal(byte);
        return;
    default:
        return;
    }
}

static void take_long(void) {
    switch (pending[0]) {
    case 'x':
        if (pending[8] == 'X') {
            channel_configure(pending + 1);
        } else {
            reply_say(HAL_TEXT("Failure: Err: 9th char not X"));
        }
        return;
    case 'z':
        if (pending[4] == 'Z') {
            channel_set_lead_off(pending + 1);
        } else {
            reply_say(HAL_TEXT("Failure: Err: 5th char not Z"));
        }
        return;
    case 'n':
        channel_declare_needle(pending + 1);
        return;
    case '~':
        stream_commands_set_rate(pending[1]);
        return;
    case '/':
        stream_commands_set_mode(pending[1]);
        return;
    case '`':
        stream_set_marker(pending[1]);
        return;
    default:
        stream_commands_set_baud(pending[1]);
        return;
    }
}

void command_take(uint8_t byte, uint32_t now_ms) {
    if (n_pending == 0) {
        if (length_of(byte) == 1) {
            take_single(byte);
            return;
        }
        pending_since_ms = now_ms;
    }
    pending[n_pending++] = byte;
    uint8_t end = pending[0] == 'x' ? 'X' : pending[0] == 'z' ? 'Z' : 0;
    bool is_complete = n_pending == length_of(pending[0]);
    if (!is_complete && end != 0 && byte == end) {
        n_pending = 0;
        reply_say(HAL_TEXT("Failure: too few chars"));
    } else if (is_complete) {
        n_pending = 0;
        take_long();
    }
}

void command_expire(uint32_t now_ms) {
    if (n_pending == 0 || now_ms - pending_since_ms < TIMEOUT_MS) {
        return;
    }
    bool is_link_command = pending[0] == WIRE_LINK_PREFIX; /* the dongle discards those without a message */
    n_pending = 0;
    if (!is_link_command) {
        reply_say(HAL_TEXT("Timeout processing multi byte message - please send all commands at once as of v2"));
    }
}
