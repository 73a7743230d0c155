#include "avr_board.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <simavr/avr_ioport.h>
#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>

#define SPCR_ADDRESS 0x4C
#define SPSR_ADDRESS 0x4D
#define SPDR_ADDRESS 0x4E
#define SPIF 0x80
#define SPI2X 0x01
#define UBRR_ADDRESS 0xC4
#define BITS_PER_BYTE 10U
#define INTERRUPT_CYCLES 4 /* simavr counts none for interrupt entry, */
#define WAKE_CYCLES 4      /* and none for wake-up from sleep (datasheet, interrupt response time) */
#define STACK_PATTERN 0xA5
#define INPUT_BYTES 4096U
#define NEVER UINT64_MAX

ads_model_t avr_board_ads;

static avr_t *avr;
static avr_irq_t *drdy, *uart_in;
static avr_uart_t *uart;
static void (*send_out)(uint8_t byte);
static avr_board_counts_t counts;
static uint64_t edge_cycle;
static bool waits_for_read;
static bool was_asleep;
static bool is_blocked;
static uint8_t spi_received;
static uint16_t static_end;
static uint8_t closed_pins;
static uint8_t input[INPUT_BYTES];
static size_t n_input;
static size_t next_input;

static uint64_t to_ns(uint64_t cycle) {
    return cycle / AVR_BOARD_HZ * 1000000000ULL + cycle % AVR_BOARD_HZ * 1000000000ULL / AVR_BOARD_HZ;
}

uint64_t avr_board_cycle_of(uint64_t time_ns) {
    return time_ns / 1000000000ULL * AVR_BOARD_HZ + time_ns % 1000000000ULL * AVR_BOARD_HZ / 1000000000ULL;
}

static avr_irq_t *pin(char port, int number) { return avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ(port), number); }

static avr_cycle_count_t on_conversion(avr_t *chip, avr_cycle_count_t when, void *param);

static void await_conversion(void) {
    uint64_t next_ns = ads_model_next_drdy_ns(&avr_board_ads);
    if (next_ns == UINT64_MAX) {
        avr_cycle_timer_cancel(avr, on_conversion, NULL);
        return;
    }
    uint64_t next = avr_board_cycle_of(next_ns) + 1;
    avr_cycle_timer_register(avr, next > avr->cycle ? next - avr->cycle : 1, on_conversion, NULL);
}

static avr_cycle_count_t on_conversion(avr_t *chip, avr_cycle_count_t when, void *param) {
    (void)chip, (void)param;
    if (ads_model_next_drdy_ns(&avr_board_ads) == UINT64_MAX) {
        return 0;
    }
    ads_model_convert(&avr_board_ads);
    edge_cycle = when;
    waits_for_read = true;
    avr_raise_irq(drdy, 0); /* only the falling edge counts, so it may rise at once */
    avr_raise_irq(drdy, 1);
    uint64_t next_ns = ads_model_next_drdy_ns(&avr_board_ads);
    return next_ns == UINT64_MAX ? 0 : avr_board_cycle_of(next_ns) + 1;
}

/* Own model of the SPI, since simavr 1.6 takes 100 us per byte. */
static avr_cycle_count_t on_spi_done(avr_t *chip, avr_cycle_count_t when, void *param) {
    (void)when, (void)param;
    chip->data[SPSR_ADDRESS] |= SPIF;
    return 0;
}

static void on_spi_write(avr_t *chip, avr_io_addr_t address, uint8_t value, void *param) {
    static const uint8_t divisors[4] = {4, 16, 64, 128};
    (void)address, (void)param;
    if (waits_for_read && chip->cycle - edge_cycle > counts.worst_latency_cycles) {
        counts.worst_latency_cycles = chip->cycle - edge_cycle;
    }
    waits_for_read = false;
    spi_received = ads_model_exchange(&avr_board_ads, value, to_ns(chip->cycle));
    chip->data[SPSR_ADDRESS] &= (uint8_t)~SPIF;
    unsigned cycles = 8U * divisors[chip->data[SPCR_ADDRESS] & 3U] >> (chip->data[SPSR_ADDRESS] & SPI2X);
    avr_cycle_timer_register(chip, cycles, on_spi_done, NULL);
    if (value != 0) { /* a command may start or stop conversions */
        await_conversion();
    }
}

static uint8_t on_spi_read(avr_t *chip, avr_io_addr_t address, void *param) {
    (void)address, (void)param;
    chip->data[SPSR_ADDRESS] &= (uint8_t)~SPIF;
    return spi_received;
}

static void on_select(avr_irq_t *irq, uint32_t value, void *param) {
    (void)irq, (void)param;
    ads_model_select(&avr_board_ads, value == 0);
}

static void on_reset_pin(avr_irq_t *irq, uint32_t value, void *param) {
    (void)irq, (void)param;
    ads_model_reset_pin(&avr_board_ads, value == 0);
    await_conversion();
}

static uint32_t cycles_per_byte(void) {
    uint32_t divisor = avr->data[UBRR_ADDRESS] + 256U * avr->data[UBRR_ADDRESS + 1] + 1U;
    return divisor * 8U * BITS_PER_BYTE; /* with U2X; simavr would count a parity bit */
}

static void on_uart(avr_irq_t *irq, uint32_t value, void *param) {
    (void)irq, (void)param;
    uart->cycles_per_byte = is_blocked ? NEVER / 2 : cycles_per_byte();
    counts.n_sent++;
    send_out((uint8_t)value);
}

static avr_cycle_count_t on_input(avr_t *chip, avr_cycle_count_t when, void *param) {
    (void)chip, (void)param;
    if (next_input == n_input) {
        return 0;
    }
    uart->cycles_per_byte = 1; /* the transmission time has already passed */
    avr_raise_irq(uart_in, input[next_input++]);
    return when + cycles_per_byte();
}

static void on_interrupt(avr_irq_t *irq, uint32_t value, void *param) {
    (void)irq, (void)param;
    if (value != 0) {
        avr->cycle += INTERRUPT_CYCLES + (was_asleep ? WAKE_CYCLES : 0);
        was_asleep = false;
    }
}

static void on_sleep(avr_t *chip, avr_cycle_count_t cycles) {
    (void)chip;
    counts.idle_cycles += cycles + 1;
    was_asleep = true;
}

static avr_uart_t *find_uart(void) {
    for (avr_io_t *port = avr->io_port; port != NULL; port = port->next) {
        if (strcmp(port->kind, "uart") == 0) {
            return (avr_uart_t *)port;
        }
    }
    return NULL;
}

static void connect(void) {
    uint32_t flags = 0;
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    uart = find_uart();
    uart_in = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT), on_uart, NULL);
    avr_irq_register_notify(avr_get_interrupt_irq(avr, AVR_INT_ANY) + AVR_INT_IRQ_RUNNING, on_interrupt, NULL);
    avr_irq_register_notify(pin('B', 2), on_select, NULL);
    avr_irq_register_notify(pin('D', 3), on_reset_pin, NULL);
    avr->io[AVR_DATA_TO_IO(SPDR_ADDRESS)].w.c = on_spi_write;
    avr->io[AVR_DATA_TO_IO(SPDR_ADDRESS)].r.c = on_spi_read;
    avr->sleep = on_sleep;
    drdy = pin('D', 2);
    avr_raise_irq(drdy, 1);
    avr_board_set_pins(0);
}

static void log_errors(avr_t *chip, const int level, const char *format, va_list arguments) {
    (void)chip;
    if (level == LOG_ERROR) {
        vfprintf(stderr, format, arguments);
    }
}

bool avr_board_begin(const char *program, uint64_t seed, void (*on_byte)(uint8_t byte)) {
    static elf_firmware_t firmware;
    if (elf_read_firmware(program, &firmware) != 0) {
        return false;
    }
    send_out = on_byte;
    avr_global_logger_set(log_errors);
    avr = avr_make_mcu_by_name("atmega328p");
    if (avr == NULL) {
        return false;
    }
    avr_init(avr);
    firmware.frequency = AVR_BOARD_HZ;
    avr_load_firmware(avr, &firmware);
    static_end = (uint16_t)(avr->ioend + 1U + firmware.datasize + firmware.bsssize);
    memset(avr->data + avr->ioend + 1, STACK_PATTERN, avr->ramend - avr->ioend);
    ads_model_init(&avr_board_ads, seed, 0);
    connect();
    return true;
}

bool avr_board_run_until(uint64_t cycle) {
    while (avr->cycle < cycle) {
        int state = avr_run(avr);
        if (state == cpu_Crashed || state == cpu_Done) {
            return false;
        }
    }
    return true;
}

uint64_t avr_board_cycle(void) { return avr->cycle; }

size_t avr_board_send(const uint8_t *bytes, size_t n_bytes) {
    if (next_input == n_input) {
        next_input = n_input = 0;
    }
    size_t n_room = INPUT_BYTES - n_input;
    size_t n = n_bytes < n_room ? n_bytes : n_room;
    memcpy(input + n_input, bytes, n);
    n_input += n;
    if (n > 0 && avr_cycle_timer_status(avr, on_input, NULL) == 0) {
        avr_cycle_timer_register(avr, cycles_per_byte(), on_input, NULL);
    }
    return n;
}

uint32_t avr_board_baud(void) { return (uint32_t)(AVR_BOARD_HZ * BITS_PER_BYTE / cycles_per_byte()); }

void avr_board_set_pins(uint8_t closed) {
    closed_pins = closed;
    avr_raise_irq(pin('D', 4), (closed & 1U) == 0);
    avr_raise_irq(pin('D', 5), (closed & 2U) == 0);
}

static void on_sync(avr_irq_t *irq, uint32_t value, void *param) {
    (void)irq, (void)param;
    avr_board_set_pins((uint8_t)((closed_pins & ~2U) | (value != 0 ? 2U : 0U)));
}

void avr_board_couple_sync_to_pin2(void) { avr_irq_register_notify(pin('D', 6), on_sync, NULL); }

void avr_board_set_drdy_stuck(bool is_stuck) {
    avr_board_ads.faults.drdy_stuck = is_stuck;
    await_conversion();
}

void avr_board_block_uart(bool is_wanted) {
    is_blocked = is_wanted;
    if (!is_wanted && uart->tx_cnt > 0) { /* release the byte that waits in the transmitter */
        uart->cycles_per_byte = cycles_per_byte();
        for (avr_cycle_timer_slot_p slot = avr->cycle_timers.timer; slot != NULL; slot = slot->next) {
            if (slot->param == uart) {
                avr_cycle_timer_t timer = slot->timer;
                avr_cycle_timer_register(avr, uart->cycles_per_byte, timer, uart);
                return;
            }
        }
    }
}

void avr_board_hang(void) {
    uint32_t last_word = avr->flashend - 1U;
    avr->flash[last_word] = 0xFF; /* rjmp to itself */
    avr->flash[last_word + 1] = 0xCF;
    avr->pc = last_word;
}

void avr_board_reset(avr_board_reset_t cause) {
    avr_reset(avr);
    avr->sleep = on_sleep;
    n_input = next_input = 0;
    was_asleep = false;
    avr_regbit_set(avr, cause == AVR_BOARD_BROWN_OUT ? avr->reset_flags.borf : avr->reset_flags.extrf);
    if (cause == AVR_BOARD_BROWN_OUT) {
        ads_model_power_cycle(&avr_board_ads, to_ns(avr->cycle));
    }
    avr_raise_irq(drdy, 1);
    avr_board_set_pins(closed_pins);
    await_conversion();
}

avr_board_counts_t avr_board_counts(void) { return counts; }
void avr_board_clear_counts(void) { memset(&counts, 0, sizeof counts); }

uint16_t avr_board_stack_bytes(void) {
    uint32_t address = static_end + 1U; /* a byte after the static ones is kept over resets */
    while (address <= avr->ramend && avr->data[address] == STACK_PATTERN) {
        address++;
    }
    return (uint16_t)(avr->ramend + 1U - address);
}
