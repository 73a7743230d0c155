/* The host port seen from its tests: time that passes only when asked, the far end of the wire, the modelled ADS1299. */
#ifndef HOST_H
#define HOST_H

#include <stddef.h>
#include <stdint.h>

#include "ads_model.h"
#include "hal.h"

extern ads_model_t host_ads;

/* Switch everything on at time 0. */
void host_begin(uint64_t seed);

/* Turn the main loop for so long. */
void host_run_ms(uint32_t time_ms);

/* Send bytes to the board; they arrive at its baud rate as time passes. */
void host_send(const uint8_t *bytes, size_t n_bytes);

/* Take what the board has sent; what does not fit stays. */
size_t host_take(uint8_t *bytes, size_t n_bytes);

void host_set_pins(uint8_t pins);
bool host_sync_is_high(void);
void host_set_reset_cause(hal_reset_t cause);
void host_block_uart(bool is_blocked);
uint32_t host_baud(void);
uint32_t host_longest_unfed_ms(void);

#endif
