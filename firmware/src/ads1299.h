/* Driver of the ADS1299: power-up, registers that are read back, frames whose status is checked. */
#ifndef ADS1299_H
#define ADS1299_H

#include <stdbool.h>
#include <stdint.h>

#include "registers.h"

/* ADS_ID, ADS_CONFIG1, … by the datasheet's names. */
enum {
#define ADS_ADDRESS(name, address) ADS_##name = (address),
    REGISTERS(ADS_ADDRESS)
#undef ADS_ADDRESS
        ADS_N_REGISTERS
};

/* ADS_CONFIG1_DEFAULT, ADS_CH1SET_DEFAULT, …: what is written after every reset. */
enum {
#define ADS_DEFAULT(name, value) ADS_##name##_DEFAULT = (value),
    REGISTER_DEFAULTS(ADS_DEFAULT)
#undef ADS_DEFAULT
};

#define ADS_N_CHANNELS 8
#define ADS_ID_8_CHANNELS 0x3E
#define ADS_SAMPLE_BYTES 24

typedef enum { ADS_OK, ADS_BAD_ID, ADS_BAD_READBACK, ADS_NO_DRDY, ADS_BAD_STATUS } ads_fault_t;

typedef struct {
    ads_fault_t fault;
    uint8_t address; /* register that disagreed */
    uint8_t wanted;
    uint8_t found;
} ads_health_t;

/* Power up by the datasheet's timing, check the ID, write all registers at rate code DR (0..6); the channels of
 * bias_channels, one bit each, derive the bias drive. */
void ads_power_up(uint8_t rate_code, uint8_t bias_channels);

/* First fault since the power-up that has not healed, or the one that ads_tell_fault put in its place: what ends the
 * conversions is told, whatever was wrong before. */
const ads_health_t *ads_health(void);
void ads_tell_fault(ads_fault_t fault);

/* Write a register and read it back; a disagreement is kept in ads_health until the same register is written rightly.
 * Conversions must be stopped. */
bool ads_write(uint8_t address, uint8_t value);
uint8_t ads_read(uint8_t address);

/* What was last written, without asking the chip. */
uint8_t ads_written(uint8_t address);

void ads_start(void);
void ads_stop(void);

/* Read one frame of continuous conversion; false when its status does not begin with 1100. */
bool ads_read_frame(uint8_t samples[ADS_SAMPLE_BYTES]);

#endif
