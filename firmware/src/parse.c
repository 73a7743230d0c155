#include "parse.h"

#include "ads1299.h"

uint8_t parse_digit(uint8_t byte) { return byte >= '0' && byte <= '9' ? (uint8_t)(byte - '0') : NOT_A_DIGIT; }

uint8_t parse_channel(uint8_t letter) {
    uint8_t number = parse_digit(letter);
    return number >= 1 && number <= ADS_N_CHANNELS ? (uint8_t)(number - 1) : NO_CHANNEL;
}
