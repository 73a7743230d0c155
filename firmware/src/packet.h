/* Construction of the 33-byte packet. */
#ifndef PACKET_H
#define PACKET_H

#include <stdint.h>

#include "wire.h"

/* Fill in head, counter, aux and tail around the samples, which are already at WIRE_SAMPLES_OFFSET. */
void packet_frame(uint8_t packet[WIRE_PACKET_BYTES], uint8_t counter, const uint8_t aux[WIRE_AUX_BYTES], uint8_t tail);

/* Write a number in big-endian order. */
void packet_put_u32(uint8_t *bytes, uint32_t value);

#endif
