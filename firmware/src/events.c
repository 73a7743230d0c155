#include "events.h"

static uint8_t steady;
static uint8_t lockout;
static uint16_t edge_number[EVENTS_N_PINS];
static uint8_t age[EVENTS_N_PINS];

void events_start(uint8_t levels, uint8_t lockout_conversions) {
    steady = levels;
    lockout = lockout_conversions;
    for (uint8_t pin = 0; pin < EVENTS_N_PINS; pin++) {
        age[pin] = EVENTS_LONG_AGO;
    }
}

uint8_t events_sample(uint8_t levels, uint16_t number) {
    for (uint8_t pin = 0; pin < EVENTS_N_PINS; pin++) {
        uint8_t bit = (uint8_t)(1U << pin);
        if (age[pin] < EVENTS_LONG_AGO) { /* by number, since conversions may have been lost in between */
            uint16_t since = (uint16_t)(number - edge_number[pin]);
            age[pin] = since < EVENTS_LONG_AGO ? (uint8_t)since : EVENTS_LONG_AGO;
        }
        if (((levels ^ steady) & bit) != 0 && age[pin] > lockout) {
            steady ^= bit;
            edge_number[pin] = number;
            age[pin] = 0;
        }
    }
    return steady;
}

uint8_t events_age(uint8_t pin) { return age[pin]; }
