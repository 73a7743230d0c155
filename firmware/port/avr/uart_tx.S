/* Transmit interrupt of the UART, in assembly because it runs 66000 times per second at 2000 packets/s of 33 bytes.
 * r2 to r5 are reserved for it (by flags in the Makefile), head and tail of the ring are in GPIOR1 and GPIOR2, and the
 * ring is aligned to 256 bytes. It takes 22 cycles including its vector; compiled C takes about 70. */
#include <avr/io.h>

.global USART_UDRE_vect
.section .text.USART_UDRE_vect, "ax", @progbits
USART_UDRE_vect:
    in   r4, _SFR_IO_ADDR(SREG)
    movw r2, r30
    in   r30, _SFR_IO_ADDR(GPIOR2)
    ldi  r31, hi8(uart_tx_ring)
    ld   r5, Z
    sts  UDR0, r5
    inc  r30
    out  _SFR_IO_ADDR(GPIOR2), r30
    in   r5, _SFR_IO_ADDR(GPIOR1)
    cp   r30, r5
    breq 1f
    movw r30, r2
    out  _SFR_IO_ADDR(SREG), r4
    reti
1:  lds  r30, UCSR0B                /* nothing left to send */
    andi r30, lo8(~_BV(UDRIE0))
    sts  UCSR0B, r30
    movw r30, r2
    out  _SFR_IO_ADDR(SREG), r4
    reti
