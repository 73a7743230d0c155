#include "script.h"

#include <stdlib.h>
#include <string.h>

#include "avr_board.h"

#define MAX_ACTIONS 64
#define ELECTRODE "electrode="

typedef struct {
    double time_s;
    const char *action;
} entry_t;

static entry_t entries[MAX_ACTIONS];
static unsigned n_entries;
static unsigned next_entry;
static uint8_t pins;

static void set_pin(uint8_t bit, bool is_closed) {
    pins = is_closed ? (uint8_t)(pins | bit) : (uint8_t)(pins & ~bit);
    avr_board_set_pins(pins);
}

/* Parse "3:40000" or "3:off"; false for anything else. */
static bool read_electrode(const char *text, int *channel, double *ohm) {
    char *end;
    *channel = (int)strtol(text, &end, 10) - 1;
    if (end == text || *end != ':' || *channel < 0 || *channel >= ADS_MODEL_N_CHANNELS) {
        return false;
    }
    const char *value = end + 1;
    if (strcmp(value, "off") == 0) {
        *ohm = ADS_INPUT_OFF_OHM;
        return true;
    }
    *ohm = strtod(value, &end);
    return end != value && *end == '\0' && *ohm >= 0.0 && *ohm < ADS_INPUT_OFF_OHM;
}

bool script_set_electrode(const char *text) {
    int channel;
    double ohm;
    if (!read_electrode(text, &channel, &ohm)) {
        return false;
    }
    avr_board_ads.input.electrode_ohm[channel] = ohm;
    return true;
}

static bool is_known(const char *action) {
    static const char *const known[] = {"pin1=0",     "pin1=1",     "pin2=0",     "pin2=1",     "drdy=stuck", "drdy=right",
                                        "miso=stuck", "miso=right", "uart=stuck", "uart=right", "brown-out",  "reset",
                                        "hang"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(action, known[i]) == 0) {
            return true;
        }
    }
    int channel;
    double ohm;
    return strncmp(action, "bit-errors=", 11) == 0 ||
           (strncmp(action, ELECTRODE, sizeof ELECTRODE - 1) == 0 &&
            read_electrode(action + sizeof ELECTRODE - 1, &channel, &ohm));
}

static void act(const char *action) {
    bool is_stuck = strstr(action, "=stuck") != NULL;
    if (strncmp(action, "pin", 3) == 0) {
        set_pin(action[3] == '1' ? 1 : 2, action[5] == '1');
    } else if (strncmp(action, "drdy", 4) == 0) {
        avr_board_set_drdy_stuck(is_stuck);
    } else if (strncmp(action, "miso", 4) == 0) {
        avr_board_ads.faults.miso_stuck = is_stuck;
    } else if (strncmp(action, "uart", 4) == 0) {
        avr_board_block_uart(is_stuck);
    } else if (strncmp(action, "bit-errors", 10) == 0) {
        avr_board_ads.faults.bit_error_in = (uint32_t)strtoul(action + 11, NULL, 10);
    } else if (strncmp(action, ELECTRODE, sizeof ELECTRODE - 1) == 0) {
        (void)script_set_electrode(action + sizeof ELECTRODE - 1);
    } else if (strcmp(action, "hang") == 0) {
        avr_board_hang();
    } else {
        avr_board_reset(strcmp(action, "reset") == 0 ? AVR_BOARD_RESET_PIN : AVR_BOARD_BROWN_OUT);
    }
}

bool script_add(const char *seconds, const char *action) {
    char *end;
    double time_s = strtod(seconds, &end);
    if (*end != '\0' || end == seconds || time_s < 0.0 || n_entries == MAX_ACTIONS || !is_known(action)) {
        return false;
    }
    entries[n_entries++] = (entry_t){time_s, action};
    return true;
}

/* Cycle of the next action; UINT64_MAX without a stream or without further actions. */
static uint64_t next_cycle(void) {
    if (next_entry == n_entries || !avr_board_ads.is_converting) {
        return UINT64_MAX;
    }
    return avr_board_cycle_of(avr_board_ads.start_ns + (uint64_t)(entries[next_entry].time_s * 1e9));
}

bool script_run_until(uint64_t cycle) {
    while (next_cycle() <= cycle) {
        if (!avr_board_run_until(next_cycle())) {
            return false;
        }
        if (next_cycle() <= avr_board_cycle()) { /* the stream may have ended earlier */
            act(entries[next_entry++].action);
        }
    }
    return avr_board_run_until(cycle);
}
