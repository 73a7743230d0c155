#include "packet.h"

void packet_frame(uint8_t packet[WIRE_PACKET_BYTES], uint8_t counter, const uint8_t aux[WIRE_AUX_BYTES], uint8_t tail) {
    packet[0] = WIRE_HEAD;
    packet[WIRE_COUNTER_OFFSET] = counter;
    for (uint8_t i = 0; i < WIRE_AUX_BYTES; i++) {
        packet[WIRE_AUX_OFFSET + i] = aux[i];
    }
    packet[WIRE_TAIL_OFFSET] = tail;
}

void packet_put_u32(uint8_t *bytes, uint32_t value) {
    bytes[0] = (uint8_t)(value >> 24);
    bytes[1] = (uint8_t)(value >> 16);
    bytes[2] = (uint8_t)(value >> 8);
    bytes[3] = (uint8_t)value;
}
