#include "events.h"

static uint8_t steady;
static uint16_t lockout;
static uint16_t locked[EVENTS_N_PINS];

void events_start(uint8_t levels, uint16_t lockout_samples) {
    steady = levels;
    lockout = lockout_samples;
    for (uint8_t pin = 0; pin < EVENTS_N_PINS; pin++) {
        locked[pin] = 0;
    }
}

uint8_t events_sample(uint8_t levels) {
    for (uint8_t pin = 0; pin < EVENTS_N_PINS; pin++) {
        uint8_t bit = (uint8_t)(1U << pin);
        if (locked[pin] > 0) {
            locked[pin]--;
        } else if (((levels ^ steady) & bit) != 0) {
            steady ^= bit;
            locked[pin] = lockout;
        }
    }
    return steady;
}
