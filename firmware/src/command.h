/* Parser of the Cyton's commands. Unknown bytes are ignored; incomplete commands are discarded after a second. */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdint.h>

void command_take(uint8_t byte, uint32_t now_ms);
void command_expire(uint32_t now_ms);

#endif
