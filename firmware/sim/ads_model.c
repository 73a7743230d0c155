#include "ads_model.h"

#include <string.h>

#define CLOCK_HZ 2048000.0
#define SUPPLY_NS 128000000ULL /* 2^18 tCLK */

static const uint8_t reset_values[ADS_MODEL_N_REGISTERS] = {0x3E, 0x96, 0xC0, 0x60, 0x00, 0x61, 0x61, 0x61,
                                                  0x61, 0x61, 0x61, 0x61, 0x61, 0,    0,    0,
                                                  0,    0,    0,    0,    0x0F, 0,    0,    0};
static void reset(ads_model_t *ads) {
    memcpy(ads->registers, reset_values, sizeof reset_values);
    ads->opcode = 0;
    ads->is_converting = false;
    ads->is_continuous = true;
    ads->n_frame_read = ADS_MODEL_FRAME_BYTES;
}

void ads_model_init(ads_model_t *ads, uint64_t seed, uint64_t now_ns) {
    memset(ads, 0, sizeof *ads);
    ads_input_init(&ads->input, seed);
    ads_model_power_cycle(ads, now_ns);
}

void ads_model_power_cycle(ads_model_t *ads, uint64_t now_ns) {
    ads->power_on_ns = now_ns;
    ads->is_selected = false;
    reset(ads);
}

void ads_model_reset_pin(ads_model_t *ads, bool is_low) {
    if (is_low) {
        reset(ads);
    }
    ads->is_reset = is_low;
}

void ads_model_select(ads_model_t *ads, bool is_selected) {
    ads->is_selected = is_selected;
    ads->opcode = 0;
}

static double clock_hz(const ads_model_t *ads) { return CLOCK_HZ * (1.0 + ads->clock_error); }

uint64_t ads_model_next_drdy_ns(const ads_model_t *ads) {
    if (!ads->is_converting || ads->faults.drdy_stuck) {
        return UINT64_MAX;
    }
    double period_tclk = (double)(128U << (ads->registers[1] & 7U));
    double settle_tclk = 4.0 * period_tclk + 9.0;
    double elapsed_tclk = settle_tclk + (double)ads->n_conversions * period_tclk;
    return ads->start_ns + (uint64_t)(elapsed_tclk * 1e9 / clock_hz(ads));
}

void ads_model_convert(ads_model_t *ads) {
    int32_t codes[ADS_MODEL_N_CHANNELS];
    ads_input_convert(&ads->input, ads->registers, codes);
    ads->frame[0] = 0xC0;
    ads->frame[1] = 0;
    ads->frame[2] = 0;
    for (int channel = 0; channel < ADS_MODEL_N_CHANNELS; channel++) {
        ads->frame[3 + 3 * channel] = (uint8_t)((uint32_t)codes[channel] >> 16);
        ads->frame[4 + 3 * channel] = (uint8_t)((uint32_t)codes[channel] >> 8);
        ads->frame[5 + 3 * channel] = (uint8_t)codes[channel];
    }
    ads->n_frame_read = 0;
    ads->n_conversions++;
}

static void begin_conversions(ads_model_t *ads, uint64_t now_ns) {
    ads->start_ns = now_ns;
    ads->n_conversions = 0;
    ads->n_frame_read = ADS_MODEL_FRAME_BYTES;
    ads_input_start(&ads->input);
}

static void single_opcode(ads_model_t *ads, uint8_t opcode, uint64_t now_ns) {
    switch (opcode) {
    case 0x06:
        reset(ads);
        break;
    case 0x08:
        ads->is_converting = true;
        begin_conversions(ads, now_ns);
        break;
    case 0x0A:
        ads->is_converting = false;
        break;
    case 0x10:
        ads->is_continuous = true;
        break;
    case 0x11:
        ads->is_continuous = false;
        break;
    default:
        break;
    }
}

static bool is_read_only(uint8_t address) { return address == 0 || address == 0x12 || address == 0x13; }

static uint8_t register_byte(ads_model_t *ads, uint8_t in, uint64_t now_ns) {
    uint8_t address = ads->address++ % ADS_MODEL_N_REGISTERS;
    ads->n_registers_left--;
    uint8_t out = 0;
    if ((ads->opcode & 0xE0) == 0x20) {
        out = address == 0 && ads->faults.id_wrong ? 0x00 : ads->registers[address];
    } else if (!is_read_only(address)) {
        ads->registers[address] = in;
        if (address == 1) {
            begin_conversions(ads, now_ns); /* the write resets the digital filter */
        }
    }
    if (ads->n_registers_left == 0) {
        ads->opcode = 0;
    }
    return out;
}

static uint8_t take(ads_model_t *ads, uint8_t in, uint64_t now_ns) {
    if (ads->opcode != 0 && ads->n_in_command == 1) {
        ads->n_registers_left = (uint8_t)((in & 0x1F) + 1);
        ads->n_in_command = 2;
        return 0;
    }
    if (ads->opcode != 0) {
        return register_byte(ads, in, now_ns);
    }
    if (in != 0) {
        bool is_register_access = (in & 0xE0) == 0x20 || (in & 0xE0) == 0x40;
        if (is_register_access && !ads->is_continuous) {
            ads->opcode = in;
            ads->address = in & 0x1F;
            ads->n_in_command = 1;
        } else if (!is_register_access) {
            single_opcode(ads, in, now_ns);
        }
        return 0;
    }
    if (ads->is_continuous && ads->n_frame_read < ADS_MODEL_FRAME_BYTES) {
        return ads->frame[ads->n_frame_read++];
    }
    return 0;
}

uint8_t ads_model_exchange(ads_model_t *ads, uint8_t in, uint64_t now_ns) {
    bool is_awake = !ads->is_reset && now_ns >= ads->power_on_ns + SUPPLY_NS;
    if (!ads->is_selected || !is_awake) {
        return 0;
    }
    uint8_t out = take(ads, in, now_ns);
    ads->n_bytes++;
    if (ads->faults.miso_stuck) {
        return 0;
    }
    if (ads->faults.bit_error_in != 0 && ads_input_random(&ads->input) % ads->faults.bit_error_in == 0) {
        out ^= (uint8_t)(1U << (ads->n_bytes % 8));
    }
    return out;
}
