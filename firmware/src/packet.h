/* The 33-byte packet. */
#ifndef PACKET_H
#define PACKET_H

#include <stdint.h>

#include "wire.h"

/* Fill head, counter, aux and tail around samples that already stand at WIRE_SAMPLES_OFFSET. */
void packet_frame(uint8_t packet[WIRE_PACKET_BYTES], uint8_t counter, const uint8_t aux[WIRE_AUX_BYTES], uint8_t tail);

/* Put a big-endian number into aux bytes. */
void packet_put_u32(uint8_t *bytes, uint32_t value);

#endif
