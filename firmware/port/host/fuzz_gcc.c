/* A small fuzzer guided by coverage, for compilers without libFuzzer: gcc calls __sanitizer_cov_trace_pc at every edge of
 * the firmware; an input that reaches an edge for the first time is kept, and what is kept is changed a little and tried
 * again. The same seed tries the same inputs. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz_target.h"

#define MAP_BITS 16
#define MAX_BYTES 96
#define MAX_CORPUS 4096

typedef struct {
    uint8_t bytes[MAX_BYTES];
    size_t n;
} input_t;

static uint8_t is_reached[1U << MAP_BITS];
static uint32_t n_reached;
static uintptr_t last_place;
static input_t corpus[MAX_CORPUS];
static size_t n_corpus;
static uint64_t random_state;

void __sanitizer_cov_trace_pc(void);

__attribute__((no_sanitize("address", "undefined"))) void __sanitizer_cov_trace_pc(void) {
    uintptr_t place = (uintptr_t)__builtin_return_address(0);
    uint32_t edge = (uint32_t)((place ^ (last_place << 1)) * 0x9E3779B1U) >> (32 - MAP_BITS);
    last_place = place;
    if (!is_reached[edge]) {
        is_reached[edge] = 1;
        n_reached++;
    }
}

static uint32_t below(uint32_t limit) {
    random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)((random_state >> 33) % limit);
}

static void add_to_corpus(const input_t *input) {
    if (n_corpus < MAX_CORPUS) {
        corpus[n_corpus++] = *input;
    }
}

static void add_seeds(void) {
    static const char *const commands[] = {"b",  "s",  "v",  "V",   "?",        "d",  "D",  "x1050100X", "z110Z", "~3",
                                           "~~", "/3", "//", "`a",  "<",        ">",  "n11", "n10",       "0",     "-",
                                           "p",  "C",  "1",  "!",   "\xF0\x0A", "\xF0\x06", "\xF0\x07"};
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        input_t seed = {{0}, strlen(commands[i]) + 1};
        seed.bytes[0] = (uint8_t)(strlen(commands[i]) | 0x40);
        memcpy(seed.bytes + 1, commands[i], seed.n - 1);
        add_to_corpus(&seed);
    }
}

/* Join two inputs, change, insert or leave out some bytes. */
static input_t changed(void) {
    input_t input = corpus[below((uint32_t)n_corpus)];
    if (below(2) == 0) {
        const input_t *other = &corpus[below((uint32_t)n_corpus)];
        size_t n = other->n < MAX_BYTES - input.n ? other->n : MAX_BYTES - input.n;
        memcpy(input.bytes + input.n, other->bytes, n);
        input.n += n;
    }
    for (uint32_t i = below(4); i > 0 && input.n > 0; i--) {
        size_t place = below((uint32_t)input.n);
        if (below(4) == 0 && input.n > 1) {
            memmove(input.bytes + place, input.bytes + place + 1, input.n - place - 1);
            input.n--;
        } else if (below(2) == 0) {
            input.bytes[place] = (uint8_t)below(256);
        } else {
            input.bytes[place] ^= (uint8_t)(1U << below(8));
        }
    }
    return input;
}

static void keep_for_the_report(const input_t *input) {
    FILE *file = fopen("fuzz-last-input", "wb"); /* what was tried when a sanitizer ends the program */
    if (file != NULL) {
        (void)fwrite(input->bytes, 1, input->n, file);
        (void)fclose(file);
    }
}

static void try(const input_t *input) {
    uint32_t n_before = n_reached;
    keep_for_the_report(input);
    last_place = 0;
    (void)LLVMFuzzerTestOneInput(input->bytes, input->n);
    if (n_reached > n_before) {
        add_to_corpus(input);
    }
}

int main(int n_arguments, char **arguments) {
    if (n_arguments != 3) {
        fprintf(stderr, "usage: fuzz RUNS SEED\n");
        return EXIT_FAILURE;
    }
    unsigned long n_runs = strtoul(arguments[1], NULL, 10);
    random_state = strtoull(arguments[2], NULL, 10);
    add_seeds();
    size_t n_seeds = n_corpus;
    for (size_t i = 0; i < n_seeds; i++) {
        try(&corpus[i]);
    }
    for (unsigned long run = 0; run < n_runs; run++) {
        input_t input = changed();
        try(&input);
    }
    printf("%lu inputs, %" PRIu32 " edges, %zu inputs kept beyond %zu seeds\n", n_runs, n_reached, n_corpus - n_seeds,
           n_seeds);
    (void)remove("fuzz-last-input");
    return EXIT_SUCCESS;
}
