#include <string.h>

#include "board.h"
#include "host.h"
#include "stream.h"

#define SPI_BYTE_NS 2170U /* 8 bits at 3.6864 MHz */
#define IDLE_NS 10000U
#define LOOP_NS 2000U
#define TX_RING_BYTES 256
#define RX_RING_BYTES 64
#define LINE_BYTES (1U << 20)

ads_model_t host_ads;

static uint64_t now_ns;
static uint64_t fed_ns;
static uint64_t longest_unfed_ns;
static uint32_t baud = 115200;
static uint8_t pins;
static bool sync_is_high;
static hal_reset_t reset_cause;
static bool is_blocked;
static uint8_t tx[TX_RING_BYTES];
static size_t n_tx;
static uint64_t tx_due_ns;
static uint8_t rx[RX_RING_BYTES];
static size_t n_rx;
static uint8_t to_board[LINE_BYTES];
static size_t n_to_board;
static size_t next_to_board;
static uint64_t rx_due_ns;
static uint8_t from_board[LINE_BYTES];
static size_t n_from_board;

static uint64_t byte_ns(void) { return 10000000000ULL / baud; }

static void move_tx(void) {
    size_t n_sent = 0;
    while (!is_blocked && n_sent < n_tx && tx_due_ns <= now_ns) {
        if (n_from_board < LINE_BYTES) {
            from_board[n_from_board++] = tx[n_sent];
        }
        n_sent++;
        tx_due_ns += byte_ns();
    }
    n_tx -= n_sent;
    memmove(tx, tx + n_sent, n_tx);
}

static void move_rx(void) {
    while (next_to_board < n_to_board && rx_due_ns <= now_ns) {
        if (n_rx < RX_RING_BYTES) { /* otherwise lost, as in the real ring */
            rx[n_rx++] = to_board[next_to_board];
        }
        next_to_board++;
        rx_due_ns += byte_ns();
    }
}

static void advance(uint64_t time_ns) {
    now_ns += time_ns;
    while (ads_model_next_drdy_ns(&host_ads) <= now_ns) {
        ads_model_convert(&host_ads);
        stream_on_drdy();
    }
    move_tx();
    move_rx();
}

void host_begin(uint64_t seed) {
    ads_model_init(&host_ads, seed, now_ns);
    fed_ns = now_ns;
    board_init();
}

void host_run_ms(uint32_t time_ms) {
    uint64_t end_ns = now_ns + time_ms * 1000000ULL;
    while (now_ns < end_ns) {
        board_poll();
        advance(LOOP_NS);
    }
}

void host_send(const uint8_t *bytes, size_t n_bytes) {
    memmove(to_board, to_board + next_to_board, n_to_board - next_to_board);
    n_to_board -= next_to_board;
    next_to_board = 0;
    if (n_to_board == 0) {
        rx_due_ns = now_ns;
    }
    for (size_t i = 0; i < n_bytes && n_to_board < LINE_BYTES; i++) {
        to_board[n_to_board++] = bytes[i];
    }
}

size_t host_take(uint8_t *bytes, size_t n_bytes) {
    size_t n = n_bytes < n_from_board ? n_bytes : n_from_board;
    memcpy(bytes, from_board, n);
    n_from_board -= n;
    memmove(from_board, from_board + n, n_from_board);
    return n;
}

void host_set_pins(uint8_t levels) { pins = levels; }
bool host_sync_is_high(void) { return sync_is_high; }
void host_set_reset_cause(hal_reset_t cause) { reset_cause = cause; }
void host_block_uart(bool is_wanted) {
    is_blocked = is_wanted;
    tx_due_ns = now_ns;
}
uint32_t host_baud(void) { return baud; }
uint32_t host_longest_unfed_ms(void) { return (uint32_t)(longest_unfed_ns / 1000000U); }

uint32_t hal_time_ms(void) { return (uint32_t)(now_ns / 1000000U); }
void hal_wait_us(uint16_t time_us) { advance(time_us * 1000ULL); }
void hal_spi_select(bool is_selected) { ads_model_select(&host_ads, is_selected); }
void hal_adc_reset_pin(bool is_low) { ads_model_reset_pin(&host_ads, is_low); }

uint8_t hal_spi_exchange(uint8_t out) {
    uint8_t in = ads_model_exchange(&host_ads, out, now_ns);
    advance(SPI_BYTE_NS);
    return in;
}

void hal_spi_receive(uint8_t *in, uint8_t n_bytes) {
    for (uint8_t i = 0; i < n_bytes; i++) {
        in[i] = hal_spi_exchange(0);
    }
}

uint8_t hal_uart_free(void) {
    size_t n_free = TX_RING_BYTES - 1 - n_tx;
    return (uint8_t)n_free;
}

void hal_uart_write(const uint8_t *bytes, uint8_t n_bytes) {
    if (n_tx == 0 && tx_due_ns < now_ns) {
        tx_due_ns = now_ns;
    }
    for (uint8_t i = 0; i < n_bytes; i++) {
        tx[n_tx++] = bytes[i];
    }
}

bool hal_uart_read(uint8_t *byte) {
    if (n_rx == 0) {
        return false;
    }
    *byte = rx[0];
    n_rx--;
    memmove(rx, rx + 1, n_rx);
    return true;
}

void hal_uart_set_baud(uint32_t wanted) {
    while (n_tx > 0) {
        advance(IDLE_NS);
    }
    baud = wanted;
}

uint8_t hal_event_pins(void) { return pins; }
void hal_sync_pin(bool is_high) { sync_is_high = is_high; }
hal_reset_t hal_reset_cause(void) { return reset_cause; }

void hal_feed_watchdog(void) {
    uint64_t unfed_ns = now_ns - fed_ns;
    longest_unfed_ns = unfed_ns > longest_unfed_ns ? unfed_ns : longest_unfed_ns;
    fed_ns = now_ns;
}

void hal_idle(void) {
    bool is_awake = stream_has_work() || n_rx > 0;
    advance(is_awake ? LOOP_NS : IDLE_NS); /* a loop that waits for something else also takes time */
}

void hal_lock(void) {}
void hal_unlock(void) {}
