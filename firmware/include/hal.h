/* What the portable code needs from a microcontroller. A port (port/avr, port/host) implements every function and gives
 * hal_port.h: HAL_TEXT(s) puts a string constant where constants live, HAL_TEXT_BYTE(p) reads one byte of it. */
#ifndef HAL_H
#define HAL_H

#include <stdbool.h>
#include <stdint.h>

#include "hal_port.h"

typedef enum {
    HAL_RESET_POWER_ON,
    HAL_RESET_BUTTON,
    HAL_RESET_BROWN_OUT,
    HAL_RESET_WATCHDOG,
    HAL_RESET_NONE /* the program began anew without one */
} hal_reset_t;

/* Time. hal_wait_us is for power-up and register access, never for the stream. */
uint32_t hal_time_ms(void);
void hal_wait_us(uint16_t time_us);

/* SPI of the ADS1299: mode 1, most significant bit first. */
void hal_spi_select(bool is_selected);
uint8_t hal_spi_exchange(uint8_t out);
void hal_spi_receive(uint8_t *in, uint8_t n_bytes); /* sends zeros */
void hal_adc_reset_pin(bool is_low);

/* UART. Sending is by interrupt from a ring; hal_uart_write may be called only with n_bytes <= hal_uart_free(). */
uint8_t hal_uart_free(void);
void hal_uart_write(const uint8_t *bytes, uint8_t n_bytes);
bool hal_uart_read(uint8_t *byte);
void hal_uart_set_baud(uint32_t baud); /* waits until everything before is sent */

/* Levels of the two event inputs, 1 = contact closed to ground, bits 0 and 1. */
uint8_t hal_event_pins(void);

/* Level of the sync output; called with interrupts off. */
void hal_sync_pin(bool is_high);

hal_reset_t hal_reset_cause(void);
void hal_feed_watchdog(void);

/* Sleep until the next interrupt, unless a conversion or a received byte waits. */
void hal_idle(void);

/* Interrupts off and on again, around what an interrupt also touches. */
void hal_lock(void);
void hal_unlock(void);

#endif
