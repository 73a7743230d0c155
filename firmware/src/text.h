/* Text output. While a stream runs, nothing is sent. */
#ifndef TEXT_H
#define TEXT_H

#include <stdint.h>

void text_say(const char *constant); /* a HAL_TEXT */
void text_char(char character);
void text_number(uint32_t value);
void text_hex(uint8_t value); /* two digits */
void text_end(void);          /* $$$ */

#endif
