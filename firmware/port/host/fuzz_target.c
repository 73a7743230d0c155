/* Target of libFuzzer: sends the input to the board in pieces with pauses, then checks that the board still answers.
 * The first byte of a piece gives its length (low six bits) and the pause after it (high two bits). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

#define RESET_MS 700
#define LEAST_GIVE_UP_MS 1100
#define MOST_STOPS 60 /* about a minute, enough for all resets that fit into an input */

static uint8_t heard[1 << 16];

static size_t listen_for(uint32_t time_ms) {
    size_t n = 0, n_now;
    host_run_ms(time_ms);
    while ((n_now = host_take(heard + n, sizeof heard - 1 - n)) > 0) {
        n += n_now;
    }
    for (size_t i = 0; i < n; i++) { /* packets of a stream may precede the expected text */
        heard[i] = heard[i] == '\0' ? '.' : heard[i];
    }
    heard[n] = '\0';
    return n;
}

/* A reset is silent for at most RESET_MS, and an incomplete command is discarded with a message (a link command without
 * one). Both start only after the replies to earlier commands are sent, which takes seconds for a hundred of them. */
static void wait_until_nothing_is_under_way(void) {
    for (int n_tries = 0; n_tries < MOST_STOPS; n_tries++) {
        host_send((const uint8_t *)"s", 1);
        if (listen_for(LEAST_GIVE_UP_MS) == 0) {
            return;
        }
    }
}

static void ask_for_the_banner(void) {
    static const char version[] = "Firmware: v";
    wait_until_nothing_is_under_way();
    host_send((const uint8_t *)"v", 1);
    (void)listen_for(RESET_MS);
    if (strstr((const char *)heard, version) == NULL) {
        fprintf(stderr, "no banner, but: %s\n", (const char *)heard);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes); /* name and declaration are libFuzzer's */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes) {
    static const uint32_t waits_ms[4] = {1, 5, 60, 1100};
    host_begin(1);
    (void)listen_for(1);
    while (n_bytes > 0) {
        size_t n_piece = bytes[0] & 0x3FU;
        uint32_t wait_ms = waits_ms[bytes[0] >> 6];
        bytes++;
        n_bytes--;
        n_piece = n_piece < n_bytes ? n_piece : n_bytes;
        host_send(bytes, n_piece);
        (void)listen_for(wait_ms);
        bytes += n_piece;
        n_bytes -= n_piece;
    }
    ask_for_the_banner();
    return 0;
}
