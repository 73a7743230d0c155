/* Hardware abstraction for the portable code. A port (port/avr, port/host) implements every function and provides
 * hal_port.h: HAL_TEXT(s) places a string constant in constant memory, HAL_TEXT_BYTE(p) reads one byte of it. */
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
    HAL_RESET_NONE /* the program restarted without a reset */
} hal_reset_t;

/* Time. hal_wait_us is for power-up and register access, never for the stream. */
uint32_t hal_time_ms(void);
void hal_wait_us(uint16_t time_us);

/* SPI of the ADS1299: mode 1, most significant bit first. */
void hal_spi_select(bool is_selected);
uint8_t hal_spi_exchange(uint8_t out);
void hal_spi_receive(uint8_t *in, uint8_t n_bytes); /* sends zeros */
void hal_adc_reset_pin(bool is_low);

/* UART. An interrupt sends from a ring buffer; hal_uart_write requires n_bytes <= hal_uart_free(). */
uint8_t hal_uart_free(void);
void hal_uart_write(const uint8_t *bytes, uint8_t n_bytes);
bool hal_uart_read(uint8_t *byte);
void hal_uart_set_baud(uint32_t baud); /* waits until all pending bytes are sent */

/* Levels of the two event inputs in bits 0 and 1: 1 = contact closed to ground. */
uint8_t hal_event_pins(void);

/* Set the sync output. Called with interrupts off. */
void hal_sync_pin(bool is_high);

hal_reset_t hal_reset_cause(void);
void hal_feed_watchdog(void);

/* Sleep until the next interrupt, unless a conversion or a received byte is pending. */
void hal_idle(void);

/* Disable and enable interrupts, around access to data shared with an interrupt. */
void hal_lock(void);
void hal_unlock(void);

#endif
