/* Board in real time on a pseudo-terminal: the ATmega328P's own program under simavr, for any program that opens a
 * serial port. */
#define _GNU_SOURCE
#include <getopt.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "avr_board.h"
#include "bdf_source.h"
#include "pty.h"
#include "script.h"
#include "shared_clock.h"

#define STEP_NS 2000000ULL         /* the board's time between two polls of the client */
#define MAX_BEHIND_NS 500000000ULL /* when farther behind, the lost time is not made up */
#define BOOT_NS 1000000000ULL
#define MAX_SPEED 20.0
#define MAX_CLOCK_ERROR 0.1
#define OUT_BYTES 131072U
#define UNREAD_STEPS 500U /* output not read for a second of the board's time is discarded */
#define HELD_NS 50000U    /* interval of checks whether a client still holds the board */

static volatile sig_atomic_t is_ended;
static uint8_t out[OUT_BYTES];
static size_t n_out;
static unsigned n_unread_steps;
static uint64_t n_lost_bytes;
static uint64_t n_stalls;
static uint64_t board_ns; /* since the port was opened */
static uint64_t waiting_work_ns; /* processor time spent checking whether a client has read */
static bool is_baud_checked;
static uint32_t client_baud = 115200;
static uint64_t garble_state = 0x9E3779B97F4A7C15ULL;

static void end(int signal_number) {
    (void)signal_number;
    is_ended = 1;
}

/* A byte as received; garbled when the client's baud rate differs from the board's. */
static uint8_t carried(uint8_t byte) {
    if (!is_baud_checked || client_baud == avr_board_baud()) {
        return byte;
    }
    garble_state = garble_state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint8_t)(byte ^ (garble_state >> 56));
}

static void take_byte(uint8_t byte) {
    if (n_out == OUT_BYTES) {
        n_lost_bytes++;
        return;
    }
    out[n_out++] = carried(byte);
}

static size_t hand_out(void) {
    size_t n_written = n_out > 0 ? pty_write(out, n_out) : 0;
    n_out -= n_written;
    memmove(out, out + n_written, n_out);
    return n_written;
}

/* The client's answer to the bytes sent now is received after the next step, as over a real link. */
static void exchange(void) {
    uint8_t in[256];
    client_baud = pty_baud();
    size_t n = pty_read(in, sizeof in);
    for (size_t i = 0; i < n; i++) {
        in[i] = carried(in[i]);
    }
    (void)avr_board_send(in, n);
    size_t n_written = hand_out();
    n_unread_steps = n_out > 0 && n_written == 0 ? n_unread_steps + 1 : 0;
    if (n_unread_steps > UNREAD_STEPS) {
        n_lost_bytes += n_out;
        n_out = 0;
    }
}

static uint64_t clock_ns(clockid_t clock) {
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

static void wait_until(uint64_t time_ns) {
    struct timespec until = {(time_t)(time_ns / 1000000000ULL), (long)(time_ns % 1000000000ULL)};
    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

/* Stop the board's time while a client that shares its clock holds it; returns the duration in ns. */
static uint64_t wait_for_client(void) {
    uint64_t begin_ns = clock_ns(CLOCK_MONOTONIC);
    uint64_t begin_work_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    while (!is_ended && shared_clock_holds(board_ns, n_out + pty_unread() == 0)) {
        wait_until(clock_ns(CLOCK_MONOTONIC) + HELD_NS);
        (void)hand_out();
    }
    waiting_work_ns += clock_ns(CLOCK_PROCESS_CPUTIME_ID) - begin_work_ns;
    return clock_ns(CLOCK_MONOTONIC) - begin_ns;
}

static bool serve(double speed) {
    uint64_t begin_ns = clock_ns(CLOCK_MONOTONIC);
    uint64_t first_cycle = avr_board_cycle();
    while (!is_ended) {
        board_ns += STEP_NS;
        if (!script_run_until(first_cycle + avr_board_cycle_of(board_ns))) {
            fprintf(stderr, "the board's program crashed\n");
            return false;
        }
        shared_clock_tell(board_ns); /* before its bytes are sent, so that none arrives early */
        exchange();
        begin_ns += wait_for_client();
        uint64_t due_ns = (uint64_t)((double)board_ns / speed);
        uint64_t now_ns = clock_ns(CLOCK_MONOTONIC) - begin_ns;
        if (now_ns > due_ns + MAX_BEHIND_NS) {
            begin_ns += now_ns - due_ns;
            n_stalls++;
        }
        wait_until(begin_ns + due_ns);
    }
    return true;
}

static void report(double speed) {
    avr_board_counts_t counts = avr_board_counts();
    uint64_t work_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - waiting_work_ns;
    fprintf(stderr,
            "%.1f s: the board slept %.1f %% of its cycles, worst DRDY to first bit read %" PRIu64
            " cycles; %" PRIu64 " bytes that nobody read, %" PRIu64 " stalls; %.0f %% of one core\n",
            (double)avr_board_cycle() / AVR_BOARD_HZ,
            100.0 * (double)counts.idle_cycles / (double)avr_board_cycle(), counts.worst_latency_cycles, n_lost_bytes,
            n_stalls, 100.0 * speed * (double)work_ns / (double)(board_ns + 1));
}

static int usage(const char *trouble) {
    fprintf(stderr, "%s\nusage: hil --serial PATH [--input FILE.bdf] [--electrode CHANNEL:OHM]...\n"
                    "           [--at SECONDS ACTION]... [--clock-error SHARE] [--seed N] [--check-baud]\n"
                    "           [--speed TIMES] [--clock FILE] [--couple-sync] [--program FILE.elf]\n"
                    "SECONDS count from the start of the stream. ACTION: " SCRIPT_HELP "\n"
                    "--check-baud garbles what the client sends or reads at another baud rate than the board's.\n"
                    "--couple-sync lets the sync output close event input 2.\n"
                    "--clock shares the board's time with a client, for which the board then waits.\n",
            trouble);
    return 2;
}

typedef struct {
    const char *serial, *input, *clock;
    char program[PATH_MAX];
    double clock_error, speed;
    bool couples_sync;
    uint64_t seed;
    const char *electrodes[ADS_MODEL_N_CHANNELS];
    unsigned n_electrodes;
} options_t;

/* The program of the ATmega328P is built in the same folder as this one. */
static void find_program(options_t *options, const char *own_path) {
    char path[PATH_MAX - 32];
    (void)snprintf(path, sizeof path, "%s", own_path);
    (void)snprintf(options->program, sizeof options->program, "%s/twitchscope-328p.elf", dirname(path));
}

/* Parse a whole text as a number within limits. */
static bool read_number(const char *text, double least, double most, double *value) {
    char *rest;
    *value = strtod(text, &rest);
    return rest != text && *rest == '\0' && *value >= least && *value <= most;
}

/* Take one option and its arguments; returns NULL on success, otherwise what is wrong. */
static const char *take_option(options_t *options, int option, int n_arguments, char **arguments) {
    double seed;
    switch (option) {
    case 's':
        options->serial = optarg;
        return NULL;
    case 'i':
        options->input = optarg;
        return NULL;
    case 'e':
        if (options->n_electrodes == ADS_MODEL_N_CHANNELS) {
            return "--electrode is wanted once a channel";
        }
        options->electrodes[options->n_electrodes++] = optarg;
        return NULL;
    case 'a':
        return optind < n_arguments && script_add(optarg, arguments[optind++])
                   ? NULL
                   : "--at needs SECONDS and an ACTION that is known";
    case 'c':
        return read_number(optarg, -MAX_CLOCK_ERROR, MAX_CLOCK_ERROR, &options->clock_error)
                   ? NULL
                   : "--clock-error is a share between -0.1 and 0.1";
    case 'n':
        if (!read_number(optarg, 0.0, 4294967295.0, &seed)) {
            return "--seed is a whole number";
        }
        options->seed = (uint64_t)seed;
        return NULL;
    case 'b':
        is_baud_checked = true;
        return NULL;
    case 'x':
        return read_number(optarg, 0.001, MAX_SPEED, &options->speed) ? NULL : "--speed is above 0 and at most 20";
    case 'o':
        options->couples_sync = true;
        return NULL;
    case 'k':
        options->clock = optarg;
        return NULL;
    case 'p':
        (void)snprintf(options->program, sizeof options->program, "%s", optarg);
        return NULL;
    default:
        return "an option is not known";
    }
}

/* Read all options; returns NULL on success, otherwise what is wrong. */
static const char *read_options(options_t *options, int n_arguments, char **arguments) {
    static const struct option known[] = {
        {"serial", required_argument, NULL, 's'},      {"input", required_argument, NULL, 'i'},
        {"at", required_argument, NULL, 'a'},          {"clock-error", required_argument, NULL, 'c'},
        {"seed", required_argument, NULL, 'n'},        {"check-baud", no_argument, NULL, 'b'},
        {"program", required_argument, NULL, 'p'},     {"speed", required_argument, NULL, 'x'},
        {"electrode", required_argument, NULL, 'e'},  {"clock", required_argument, NULL, 'k'},
        {"couple-sync", no_argument, NULL, 'o'},
        {NULL, 0, NULL, 0},
    };
    int option;
    while ((option = getopt_long(n_arguments, arguments, "", known, NULL)) != -1) {
        const char *trouble = take_option(options, option, n_arguments, arguments);
        if (trouble != NULL) {
            return trouble;
        }
    }
    if (optind != n_arguments) {
        return "an argument is left over";
    }
    return options->serial == NULL ? "--serial PATH is missing" : NULL;
}

int main(int n_arguments, char **arguments) {
    options_t options = {.seed = 1, .speed = 1.0};
    find_program(&options, arguments[0]);
    const char *trouble = read_options(&options, n_arguments, arguments);
    if (trouble != NULL) {
        return usage(trouble);
    }
    if ((options.input != NULL && !bdf_source_open(options.input)) ||
        (options.clock != NULL && !shared_clock_open(options.clock))) {
        return EXIT_FAILURE;
    }
    if (!avr_board_begin(options.program, options.seed, take_byte)) {
        fprintf(stderr, "%s cannot be read: is the board's program built (make avr)?\n", options.program);
        return EXIT_FAILURE;
    }
    for (unsigned i = 0; i < options.n_electrodes; i++) {
        if (!script_set_electrode(options.electrodes[i])) {
            return usage("--electrode needs CHANNEL:OHM or CHANNEL:off, channels 1 to 8");
        }
    }
    if (options.couples_sync) {
        avr_board_couple_sync_to_pin2();
    }
    avr_board_ads.clock_error = options.clock_error;
    avr_board_ads.input.source = options.input != NULL ? bdf_source_read : NULL;
    (void)signal(SIGINT, end);
    (void)signal(SIGTERM, end);
    if (!avr_board_run_until(avr_board_cycle_of(BOOT_NS)) || !pty_open(options.serial)) {
        return EXIT_FAILURE;
    }
    n_out = 0; /* the banner of the power-on had no listener */
    bool is_well = serve(options.speed);
    pty_close();
    report(options.speed);
    return is_well ? EXIT_SUCCESS : EXIT_FAILURE;
}
