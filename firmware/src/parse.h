/* Parsing of the bytes of a command. */
#ifndef PARSE_H
#define PARSE_H

#include <stdint.h>

#define NOT_A_DIGIT 0xFF
#define NO_CHANNEL 0xFF

/* Value of a digit; NOT_A_DIGIT for any other byte. */
uint8_t parse_digit(uint8_t byte);

/* Channel (from 0) of the digit 1 to 8; NO_CHANNEL for any other byte. */
uint8_t parse_channel(uint8_t letter);

#endif
