#include "sync.h"

#include "events.h"
#include "hal.h"

static volatile bool is_asked;
static volatile bool is_high;
static volatile uint8_t left; /* conversions until the level may change */
static volatile uint8_t age;
static uint8_t pulse;

void sync_begin(uint8_t pulse_conversions) {
    hal_lock();
    hal_sync_pin(false);
    is_asked = is_high = false;
    left = 0;
    age = EVENTS_LONG_AGO;
    pulse = pulse_conversions;
    hal_unlock();
}

void sync_ask(void) { is_asked = true; }

static void change(bool to_high) {
    hal_sync_pin(to_high);
    is_high = to_high;
    left = pulse;
    age = 0;
}

void sync_on_conversion(void) {
    if (age < EVENTS_LONG_AGO) {
        age++;
    }
    if (left > 0) {
        left--;
    }
    if (left > 0) {
        return;
    }
    if (is_high) {
        change(false);
    } else if (is_asked) {
        is_asked = false;
        change(true);
    }
}

sync_t sync_state(void) {
    sync_t state = {is_high, age};
    return state;
}
