/* Digital model of an ADS1299: opcodes, registers, DRDY timing with settling, 27-byte frames, faults. The analog part
 * is in ads_input.h. Not modelled: bias drive, single shot, lead-off comparators (the firmware leaves them off;
 * impedance is measured from the samples). */
#ifndef ADS_MODEL_H
#define ADS_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "ads_input.h"

#define ADS_MODEL_FRAME_BYTES 27
#define ADS_MODEL_N_REGISTERS 24

typedef struct {
    bool drdy_stuck;       /* no edge comes */
    bool miso_stuck;       /* every byte reads 0 */
    uint32_t bit_error_in; /* one wrong bit in this many bytes on average, 0 for none */
    bool id_wrong;
} ads_model_faults_t;

typedef struct {
    ads_model_faults_t faults;
    double clock_error; /* relative error of the clock, positive when fast */
    ads_input_t input;
    uint8_t registers[ADS_MODEL_N_REGISTERS];
    uint8_t opcode;
    uint8_t n_in_command;
    uint8_t n_registers_left;
    uint8_t address;
    bool is_selected;
    bool is_converting;
    bool is_continuous;
    bool is_reset;
    uint64_t power_on_ns;
    uint64_t start_ns;
    uint64_t n_conversions; /* since the start */
    uint8_t frame[ADS_MODEL_FRAME_BYTES];
    uint8_t n_frame_read;
    uint32_t n_bytes;
} ads_model_t;

/* Switch it on without faults, clock error or input source, which the caller may then set. */
void ads_model_init(ads_model_t *ads, uint64_t seed, uint64_t now_ns);

/* Interrupt the supply: registers are reset; random numbers, faults and source are kept. */
void ads_model_power_cycle(ads_model_t *ads, uint64_t now_ns);

void ads_model_reset_pin(ads_model_t *ads, bool is_low);
void ads_model_select(ads_model_t *ads, bool is_selected);
uint8_t ads_model_exchange(ads_model_t *ads, uint8_t in, uint64_t now_ns);

/* Time of the next falling edge of DRDY; UINT64_MAX for none. */
uint64_t ads_model_next_drdy_ns(const ads_model_t *ads);

/* Finish the conversion at the edge of DRDY: a new frame can be read. */
void ads_model_convert(ads_model_t *ads);

#endif
