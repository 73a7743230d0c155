/* Host port on a pipe, for tests in other languages. Input lines: `send HEX`, `run MS`, `pins N`, `fault NAME VALUE`,
 * `reset CAUSE`, `input FILE.bdf`. One output line after each `run`: the bytes sent by the board, in hexadecimal. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bdf_source.h"
#include "host.h"

#define LINE_CHARS (1 << 16)

static void send_hex(const char *text) {
    unsigned value;
    while (sscanf(text, "%2x", &value) == 1) {
        uint8_t byte = (uint8_t)value;
        host_send(&byte, 1);
        text += 2;
    }
}

static void run(uint32_t time_ms) {
    uint8_t bytes[4096];
    size_t n;
    host_run_ms(time_ms);
    while ((n = host_take(bytes, sizeof bytes)) > 0) {
        for (size_t i = 0; i < n; i++) {
            printf("%02x", bytes[i]);
        }
    }
    putchar('\n');
    fflush(stdout);
}

static bool set_fault(const char *name, uint32_t value) {
    if (strcmp(name, "drdy_stuck") == 0) {
        host_ads.faults.drdy_stuck = value != 0;
    } else if (strcmp(name, "miso_stuck") == 0) {
        host_ads.faults.miso_stuck = value != 0;
    } else if (strcmp(name, "bit_error_in") == 0) {
        host_ads.faults.bit_error_in = value;
    } else if (strcmp(name, "id_wrong") == 0) {
        host_ads.faults.id_wrong = value != 0;
    } else if (strcmp(name, "uart_blocked") == 0) {
        host_block_uart(value != 0);
    } else {
        return false;
    }
    return true;
}

static bool obey(const char *line) {
    char name[32], path[4096];
    uint32_t value;
    if (strncmp(line, "send ", 5) == 0) {
        send_hex(line + 5);
    } else if (sscanf(line, "run %" SCNu32, &value) == 1) {
        run(value);
    } else if (sscanf(line, "pins %" SCNu32, &value) == 1) {
        host_set_pins((uint8_t)value);
    } else if (sscanf(line, "reset %" SCNu32, &value) == 1) {
        host_set_reset_cause((hal_reset_t)value);
    } else if (sscanf(line, "input %4095s", path) == 1) {
        host_ads.input.source = bdf_source_read;
        return bdf_source_open(path);
    } else if (sscanf(line, "fault %31s %" SCNu32, name, &value) == 2) {
        return set_fault(name, value);
    } else {
        return false;
    }
    return true;
}

int main(void) {
    static char line[LINE_CHARS];
    host_begin(1);
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (!obey(line)) {
            fprintf(stderr, "not understood: %s", line);
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}
