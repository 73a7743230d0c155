/* Board under simavr: an ATmega328P that runs the real program cycle by cycle, the modelled ADS1299 on its pins, and
 * the client's end of its UART. One board per process. */
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
    uint64_t n_sent;               /* bytes sent by the UART */
} avr_board_counts_t;

extern ads_model_t avr_board_ads;

/* Switch on with the program of an ELF file; false when it cannot be read. on_byte receives the output of the UART. */
bool avr_board_begin(const char *program, uint64_t seed, void (*on_byte)(uint8_t byte));

/* Run until `cycle` after power-on; false when the program crashed. */
bool avr_board_run_until(uint64_t cycle);
uint64_t avr_board_cycle(void);
uint64_t avr_board_cycle_of(uint64_t time_ns);

/* Send bytes to the board at its baud rate; returns the number accepted. */
size_t avr_board_send(const uint8_t *bytes, size_t n_bytes);

/* Baud rate set by the program. */
uint32_t avr_board_baud(void);

/* Set the event inputs in bits 0 and 1: 1 = contact closed. */
void avr_board_set_pins(uint8_t closed);

/* Make the sync output close event input 2 from now on, as through an opto-coupler. */
void avr_board_couple_sync_to_pin2(void);

/* Make DRDY stuck, so that no conversion is signalled, or release it. */
void avr_board_set_drdy_stuck(bool is_stuck);

/* Block the transmitter, so that it sends nothing, or release it. */
void avr_board_block_uart(bool is_blocked);

/* Put the program into an endless loop, which only the watchdog ends. */
void avr_board_hang(void);

void avr_board_reset(avr_board_reset_t cause);

avr_board_counts_t avr_board_counts(void);
void avr_board_clear_counts(void);

/* Largest size of the stack so far. */
uint16_t avr_board_stack_bytes(void);

#endif
