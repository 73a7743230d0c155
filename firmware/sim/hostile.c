/* Sends every byte value in every state, incomplete commands and floods of garbage to the ATmega328P's own program.
 * After each, the board must answer `v` as usual. Prints the first case that fails. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "avr_board.h"

#define FLOOD_BYTES 3000
#define FLOODS 10
#define RESET_MS 700

static char heard[1 << 16];
static size_t n_heard;

static void take(uint8_t byte) {
    if (n_heard < sizeof heard - 1) {
        heard[n_heard++] = byte == 0 ? '.' : (char)byte;
    }
}

static void run_ms(uint32_t time_ms) {
    if (!avr_board_run_until(avr_board_cycle() + AVR_BOARD_HZ / 1000 * time_ms)) {
        fprintf(stderr, "the program crashed\n");
        exit(EXIT_FAILURE);
    }
}

static void send(const void *bytes, size_t n_bytes) { (void)avr_board_send(bytes, n_bytes); }

static void check(const char *after, unsigned detail) {
    static const char banner[] = "On Board ADS1299 Device ID: 0x3E\nTwitchScope ADS1299 board, last reset: power-on\n";
    run_ms(1100); /* incomplete commands are discarded */
    send("s", 1);
    run_ms(20);
    n_heard = 0;
    send("v", 1);
    run_ms(RESET_MS);
    heard[n_heard] = '\0';
    if (strstr(heard, banner) == NULL || n_heard < 3 || strcmp(heard + n_heard - 3, "$$$") != 0) {
        fprintf(stderr, "no banner after %s %u, but: %s\n", after, detail, heard);
        exit(EXIT_FAILURE);
    }
}

static void every_byte_in_every_state(void) {
    static const char *const states[] = {"", "b", "x1", "x105010", "z1", "z111", "~", "/", "n", "n1", "\xF0", "`", "b<"};
    for (unsigned state = 0; state < sizeof states / sizeof states[0]; state++) {
        for (unsigned value = 0; value < 256; value++) {
            uint8_t byte = (uint8_t)value;
            send(states[state], strlen(states[state]));
            send(&byte, 1);
            run_ms(byte == 'v' ? RESET_MS : byte == '?' ? 200 : 4);
            send("s", 1);
            run_ms(4);
        }
        check("every byte in state", state);
    }
}

/* Half of them go to a board that streams at its highest rate. */
static void floods(void) {
    static uint8_t bytes[FLOOD_BYTES];
    srand(11);
    for (unsigned round = 0; round < FLOODS; round++) {
        if (round % 2 == 1) {
            send("\xF0\x0A", 2);
            run_ms(20);
            send("~3b", 3);
            run_ms(50);
        }
        for (size_t i = 0; i < FLOOD_BYTES; i++) {
            bytes[i] = (uint8_t)rand();
        }
        send(bytes, FLOOD_BYTES);
        run_ms(FLOOD_BYTES / 10); /* 11.52 bytes per ms at 115200 baud */
        check("flood", round);
    }
}

static void cut_commands(void) {
    static const char *const commands[] = {"x1050100X", "z110Z", "~4", "/3", "n11", "\xF0\x07", "`a"};
    for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        for (size_t n = 1; n < strlen(commands[i]); n++) {
            send(commands[i], n);
            check("a half command", i);
        }
    }
}

int main(int n_arguments, char **arguments) {
    if (n_arguments != 2 || !avr_board_begin(arguments[1], 1, take)) {
        fprintf(stderr, "usage: hostile PROGRAM.elf\n");
        return EXIT_FAILURE;
    }
    run_ms(1000);
    every_byte_in_every_state();
    cut_commands();
    floods();
    printf("the board answers v after every byte in every state, %d floods and every half command\n", FLOODS);
    return EXIT_SUCCESS;
}
