/* Commands of the stream and its link: rate, aux mode, time stamps, baud rate, sync pulse, start. */
#ifndef STREAM_COMMANDS_H
#define STREAM_COMMANDS_H

#include <stdbool.h>
#include <stdint.h>

/* These take the second byte of `~`, `/` and 0xF0. */
void stream_commands_set_rate(uint8_t byte);
void stream_commands_set_mode(uint8_t byte);
void stream_commands_set_baud(uint8_t code);

void stream_commands_stamp_time(bool is_on);
void stream_commands_pulse(void);
void stream_commands_start(void);

#endif
