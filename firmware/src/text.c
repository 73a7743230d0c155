#include "text.h"

#include "hal.h"
#include "stream.h"

void text_char(char character) {
    if (stream_is_on()) {
        return;
    }
    while (hal_uart_free() == 0) { /* the watchdog is not fed: a UART that stops sending is a fault */
        hal_idle();
    }
    uint8_t byte = (uint8_t)character;
    hal_uart_write(&byte, 1);
}

void text_say(const char *constant) {
    if (stream_is_on()) { /* return at once, not letter by letter: a conversion may be pending */
        return;
    }
    for (char character = HAL_TEXT_BYTE(constant); character != '\0'; character = HAL_TEXT_BYTE(++constant)) {
        text_char(character);
    }
}

void text_number(uint32_t value) {
    char digits[10];
    uint8_t n = 0;
    do {
        digits[n++] = (char)('0' + value % 10U);
        value /= 10U;
    } while (value > 0);
    while (n > 0) {
        text_char(digits[--n]);
    }
}

static char hex_digit(uint8_t value) { return (char)(value < 10 ? '0' + value : 'A' + value - 10); }

void text_hex(uint8_t value) {
    text_char(hex_digit(value >> 4));
    text_char(hex_digit(value & 0x0F));
}

void text_end(void) { text_say(HAL_TEXT("$$$")); }
