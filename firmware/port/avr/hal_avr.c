/* ATmega328P at 3.3 V and 7.3728 MHz.
 * PB2 CS, PB3 MOSI, PB4 MISO, PB5 SCK, PD2 (INT0) DRDY, PD3 RESET of the ADS1299; PD4 and PD5 event inputs to ground;
 * PD6 sync output; PD0 and PD1 UART. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <avr/wdt.h>
#include <util/delay.h>

#include "board.h"
#include "hal.h"
#include "stream.h"
#include "wire.h"

#define CS_PIN PB2
#define RESET_PIN PD3
#define EVENT_SHIFT PD4
#define SYNC_PIN PD6
#define TICKS_PER_COMPARE 144 /* 7372800 / 64 / 144 = 800 Hz */
#define IN_THE_UART_US 200 /* two bytes in the UART after the ring is empty, at 115200 baud: 174 us */
#define RX_RING_BYTES 64U
#define RX_MASK (RX_RING_BYTES - 1U)

/* Transmit ring. Its 8-bit indices wrap by themselves and are in registers that uart_tx.S reads in one cycle. */
uint8_t uart_tx_ring[256] __attribute__((aligned(256), used));
#define TX_HEAD GPIOR1
#define TX_TAIL GPIOR2

/* Set by every interrupt that creates work for the main loop. */
#define WORK GPIOR0
#define HAS_WORK 0

static uint8_t rx_ring[RX_RING_BYTES];
static volatile uint8_t rx_head, rx_tail;
static volatile uint32_t time_ms;
static uint8_t reset_flags __attribute__((section(".noinit")));

/* Runs before main, since the watchdog may still be active after a reset that it caused. */
__attribute__((naked, used, section(".init3"))) static void keep_reset_flags(void) {
    reset_flags = MCUSR;
    MCUSR = 0;
    wdt_disable();
}

ISR(INT0_vect) {
    stream_on_drdy();
    WORK |= _BV(HAS_WORK);
}

ISR(TIMER0_COMPA_vect) {
    static uint8_t quarter;
    WORK |= _BV(HAS_WORK);
    time_ms++; /* a tick is 1.25 ms */
    if (++quarter == 4) {
        quarter = 0;
        time_ms++;
    }
}

ISR(USART_RX_vect) {
    bool is_framed = (UCSR0A & _BV(FE0)) == 0; /* read before UDR0; bytes at another baud rate are not commands */
    uint8_t byte = UDR0;
    uint8_t next = (rx_head + 1U) & RX_MASK;
    if (is_framed && next != rx_tail) {
        rx_ring[rx_head] = byte;
        rx_head = next;
    }
    WORK |= _BV(HAS_WORK);
}

static void set_divisor(uint32_t baud) {
    UCSR0A = _BV(U2X0);
    UBRR0 = (uint16_t)(F_CPU / 8UL / baud - 1UL);
}

uint32_t hal_time_ms(void) {
    cli();
    uint32_t now_ms = time_ms;
    sei();
    return now_ms;
}

void hal_wait_us(uint16_t time_us) {
    while (time_us-- > 0) {
        _delay_us(1);
    }
}

void hal_spi_select(bool is_selected) {
    if (is_selected) {
        PORTB &= (uint8_t)~_BV(CS_PIN);
    } else {
        PORTB |= _BV(CS_PIN);
    }
}

uint8_t hal_spi_exchange(uint8_t out) {
    SPDR = out;
    loop_until_bit_is_set(SPSR, SPIF);
    return SPDR;
}

void hal_spi_receive(uint8_t *in, uint8_t n_bytes) {
    SPDR = 0;
    while (--n_bytes > 0) {
        loop_until_bit_is_set(SPSR, SPIF);
        uint8_t byte = SPDR;
        SPDR = 0; /* the next byte is transferred while this one is stored */
        *in++ = byte;
    }
    loop_until_bit_is_set(SPSR, SPIF);
    *in = SPDR;
}

void hal_adc_reset_pin(bool is_low) {
    if (is_low) {
        PORTD &= (uint8_t)~_BV(RESET_PIN);
    } else {
        PORTD |= _BV(RESET_PIN);
    }
}

uint8_t hal_uart_free(void) { return (uint8_t)(TX_TAIL - TX_HEAD - 1U); }

void hal_uart_write(const uint8_t *bytes, uint8_t n_bytes) {
    uint8_t head = TX_HEAD;
    do {
        uart_tx_ring[head++] = *bytes++;
    } while (--n_bytes > 0);
    cli();
    TX_HEAD = head;
    UCSR0B |= _BV(UDRIE0);
    sei();
}

bool hal_uart_read(uint8_t *byte) {
    if (rx_head == rx_tail) {
        return false;
    }
    *byte = rx_ring[rx_tail];
    rx_tail = (rx_tail + 1U) & RX_MASK;
    return true;
}

void hal_uart_set_baud(uint32_t baud) {
    while (TX_HEAD != TX_TAIL) { /* the watchdog is not fed: a UART that stops sending is a fault */
    }
    hal_wait_us(IN_THE_UART_US);
    set_divisor(baud);
}

uint8_t hal_event_pins(void) { return (uint8_t)((uint8_t)~PIND >> EVENT_SHIFT) & 3U; }

void hal_sync_pin(bool is_high) {
    if (is_high) {
        PORTD |= _BV(SYNC_PIN);
    } else {
        PORTD &= (uint8_t)~_BV(SYNC_PIN);
    }
}

hal_reset_t hal_reset_cause(void) {
    if (reset_flags == 0) {
        return HAL_RESET_NONE;
    }
    if ((reset_flags & _BV(WDRF)) != 0) {
        return HAL_RESET_WATCHDOG;
    }
    if ((reset_flags & _BV(PORF)) != 0) { /* a power-on also sets the brown-out flag */
        return HAL_RESET_POWER_ON;
    }
    return (reset_flags & _BV(BORF)) != 0 ? HAL_RESET_BROWN_OUT : HAL_RESET_BUTTON;
}

void hal_feed_watchdog(void) { wdt_reset(); }

void hal_idle(void) {
    for (;;) {
        cli();
        if ((WORK & _BV(HAS_WORK)) != 0) {
            break;
        }
        sei(); /* the next instruction is executed before any interrupt */
        sleep_cpu();
    }
    WORK = 0;
    sei();
}

void hal_lock(void) { cli(); }
void hal_unlock(void) { sei(); }

int main(void) {
    /* Pull-ups on every input: an undriven one, as when a part is missing, must not float. */
    PORTB = _BV(CS_PIN) | _BV(PB0) | _BV(PB1) | _BV(PB4);
    DDRB = _BV(CS_PIN) | _BV(PB3) | _BV(PB5);
    PORTC = 0x3F;
    PORTD = (uint8_t)~_BV(SYNC_PIN);
    DDRD = _BV(RESET_PIN) | _BV(SYNC_PIN) | _BV(PD1);
    SPCR = _BV(SPE) | _BV(MSTR) | _BV(CPHA);
    SPSR = _BV(SPI2X); /* half the clock: 3.6864 MHz */
    TCCR0A = _BV(WGM01);
    TCCR0B = _BV(CS01) | _BV(CS00);
    OCR0A = TICKS_PER_COMPARE - 1;
    TIMSK0 = _BV(OCIE0A);
    set_divisor(WIRE_DEFAULT_BAUD);
    UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
    UCSR0B = _BV(RXEN0) | _BV(TXEN0) | _BV(RXCIE0);
    EICRA = _BV(ISC01); /* falling edge */
    EIMSK = _BV(INT0);
    set_sleep_mode(SLEEP_MODE_IDLE);
    sleep_enable();
    wdt_enable(WDTO_2S);
    sei();
    board_init();
    for (;;) {
        board_poll();
    }
}
