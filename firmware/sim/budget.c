/* Cost of the ATmega328P's program, measured cycle by cycle: 8 channels at 2000 SPS over 921600 baud, with commands in
 * between. Fails when a packet is lost or a limit is exceeded. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "avr_board.h"

#define ROUNDS 10
#define ROUND_MS 1200
#define SECONDS (ROUNDS * ROUND_MS / 1000)
#define RATE_SPS 2000
#define PACKET_BYTES 33
#define MIN_IDLE_PERCENT 25.0
#define MAX_LATENCY_CYCLES (AVR_BOARD_HZ / RATE_SPS / 2)
#define MAX_RAM_BYTES 1200U

static uint8_t last_counter;
static unsigned n_in_packet;
static unsigned n_packets;
static unsigned n_gaps;
static char text[8192];
static size_t n_text;

static void take(uint8_t byte) {
    if (n_text < sizeof text - 1) {
        text[n_text++] = (char)byte;
    }
    if (n_in_packet == 1) {
        n_gaps += n_packets > 0 && byte != (uint8_t)(last_counter + 1);
        last_counter = byte;
        n_packets++;
    }
    n_in_packet = (n_in_packet + 1) % PACKET_BYTES;
}

static void run_ms(uint32_t time_ms) {
    if (!avr_board_run_until(avr_board_cycle() + AVR_BOARD_HZ / 1000 * time_ms)) {
        fprintf(stderr, "the program crashed\n");
        exit(EXIT_FAILURE);
    }
}

static void ask(const char *command, uint32_t time_ms) {
    (void)avr_board_send((const uint8_t *)command, strlen(command));
    run_ms(time_ms);
}

/* Number after a word in the reply to `?`; -1 when the word is missing. */
static long told(const char *word) {
    text[n_text] = '\0';
    const char *found = strstr(text, word);
    return found == NULL ? -1 : strtol(found + strlen(word), NULL, 10);
}

int main(int n_arguments, char **arguments) {
    if (n_arguments != 3 || !avr_board_begin(arguments[1], 1, take)) {
        fprintf(stderr, "usage: budget PROGRAM.elf STATIC_RAM_BYTES\n");
        return EXIT_FAILURE;
    }
    run_ms(800);
    ask("~3", 50);
    ask("\xF0\x0A", 50);
    ask("/3", 50);
    ask("<", 50);
    n_in_packet = n_packets = n_gaps = 0;
    ask("b", 100);
    avr_board_clear_counts();
    uint64_t begin = avr_board_cycle();
    for (int round = 0; round < ROUNDS; round++) {
        ask("x1050", ROUND_MS / 2); /* an incomplete command is also work, when it comes and when it is discarded */
        avr_board_set_pins((uint8_t)(round & 3));
        run_ms(ROUND_MS / 2);
    }
    avr_board_counts_t counts = avr_board_counts();
    double idle = 100.0 * (double)counts.idle_cycles / (double)(avr_board_cycle() - begin);
    unsigned n_streamed = n_packets, n_lost = n_gaps;
    ask("s", 1100);
    n_text = 0;
    ask("?", 500);
    long overruns = told("overruns "), dropped = told("dropped packets "), faults = told("SPI faults ");
    unsigned static_bytes = (unsigned)atoi(arguments[2]), stack_bytes = avr_board_stack_bytes();
    printf("%d s at %d SPS over %u baud: %u packets, %u gaps, %ld overruns, %ld dropped, %ld SPI faults\n", SECONDS,
           RATE_SPS, avr_board_baud(), n_streamed, n_lost, overruns, dropped, faults);
    printf("idle %.1f %% (at least %.0f %%)\n", idle, MIN_IDLE_PERCENT);
    printf("worst DRDY to first bit read %" PRIu64 " cycles, %.0f us (at most %llu cycles)\n",
           counts.worst_latency_cycles, (double)counts.worst_latency_cycles * 1e6 / (double)AVR_BOARD_HZ,
           MAX_LATENCY_CYCLES);
    printf("RAM %u bytes static and %u of stack (at most %u)\n", static_bytes, stack_bytes, MAX_RAM_BYTES);
    bool is_whole = n_streamed >= SECONDS * RATE_SPS && n_lost == 0 && overruns == 0 && dropped == 0 && faults == 0;
    bool is_within = idle >= MIN_IDLE_PERCENT && counts.worst_latency_cycles <= MAX_LATENCY_CYCLES &&
                     static_bytes + stack_bytes <= MAX_RAM_BYTES;
    return is_whole && is_within ? EXIT_SUCCESS : EXIT_FAILURE;
}
