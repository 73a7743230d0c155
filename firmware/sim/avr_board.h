/* The board under simavr: an ATmega328P that runs the real program cycle by cycle, the modelled ADS1299 on its pins, and
 * the far end of its UART. One board in a process. */
#ifndef AVR_BOARD_H
#define AVR_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ads_model.h"

#define AVR_BOARD_HZ 7372800ULL

typedef enum { AVR_BOARD_RESET_PIN, AVR_BOARD_BROWN_OUT } avr_board_reset_t;

typedef struct {
    uint64_t idle_cycles;          /* asleep */
    uint64_t worst_latency_cycles; /* from DRDY to the first bit read */
    uint64_t n_sent;               /* bytes by the UART */
} avr_board_counts_t;

extern ads_model_t avr_board_ads;

/* Switch on with the program of an ELF file; false when it cannot be read. on_byte takes what the UART sends. */
bool avr_board_begin(const char *program, uint64_t seed, void (*on_byte)(uint8_t byte));

/* Run until so many cycles after power-on; false when the program crashed. */
bool avr_board_run_until(uint64_t cycle);
uint64_t avr_board_cycle(void);
uint64_t avr_board_cycle_of(uint64_t time_ns);

/* Bytes to the board, at its baud rate; returns how many are taken now. */
size_t avr_board_send(const uint8_t *bytes, size_t n_bytes);

/* Baud rate that the program has set. */
uint32_t avr_board_baud(void);

/* Event inputs, bits 0 and 1: contact closed. */
void avr_board_set_pins(uint8_t closed);

/* From now on the sync output closes event input 2, as through an opto-coupler between the two. */
void avr_board_couple_sync_to_pin2(void);

/* No conversion is told while DRDY is stuck. */
void avr_board_set_drdy_stuck(bool is_stuck);

/* The transmitter sends nothing while it is blocked. */
void avr_board_block_uart(bool is_blocked);

/* The program goes round in circles from now on: only the watchdog ends it. */
void avr_board_hang(void);

void avr_board_reset(avr_board_reset_t cause);

avr_board_counts_t avr_board_counts(void);
void avr_board_clear_counts(void);

/* Bytes that the stack has needed at most. */
uint16_t avr_board_stack_bytes(void);

#endif
