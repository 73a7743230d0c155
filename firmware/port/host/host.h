/* Interface of the host port for tests: time that passes only on request, the client's end of the serial link, and the
 * modelled ADS1299. */
#ifndef HOST_H
#define HOST_H

#include <stddef.h>
#include <stdint.h>

#include "ads_model.h"
#include "hal.h"

extern ads_model_t host_ads;

/* Switch everything on. Time starts at 0 with the process and continues. */
void host_begin(uint64_t seed);

/* Run the main loop for time_ms. */
void host_run_ms(uint32_t time_ms);

/* Send bytes to the board; they arrive at its baud rate as time passes. */
void host_send(const uint8_t *bytes, size_t n_bytes);

/* Take at most n_bytes of what the board has sent; the rest is kept. Returns the number taken. */
size_t host_take(uint8_t *bytes, size_t n_bytes);

void host_set_pins(uint8_t pins);
bool host_sync_is_high(void);
void host_set_reset_cause(hal_reset_t cause);
void host_block_uart(bool is_blocked);
uint32_t host_baud(void);
uint32_t host_longest_unfed_ms(void);

#endif
