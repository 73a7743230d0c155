/* Driver of the ADS1299: power-up, registers with read-back, frames with a status check. */
#ifndef ADS1299_H
#define ADS1299_H

#include <stdbool.h>
#include <stdint.h>

#include "registers.h"

/* Addresses ADS_ID, ADS_CONFIG1, … with the datasheet's names. */
enum {
#define ADS_ADDRESS(name, address) ADS_##name = (address),
    REGISTERS(ADS_ADDRESS)
#undef ADS_ADDRESS
        ADS_N_REGISTERS
};

/* ADS_CONFIG1_DEFAULT, ADS_CH1SET_DEFAULT, …: values written after every reset. */
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

/* Power up with the datasheet's timing, check the ID, and write all registers with rate code DR (0..6). The bias drive
 * is derived from the channels in bias_channels, one bit each. */
void ads_power_up(uint8_t rate_code, uint8_t bias_channels);

/* First unresolved fault since power-up, or the one set by ads_tell_fault, which replaces it: the fault that ends the
 * conversions is reported regardless of earlier ones. */
const ads_health_t *ads_health(void);
void ads_tell_fault(ads_fault_t fault);

/* Write a register and read it back; a mismatch is kept in ads_health until the same register is written successfully.
 * Conversions must be stopped. */
bool ads_write(uint8_t address, uint8_t value);
uint8_t ads_read(uint8_t address);

/* Value last written, without access to the chip. */
uint8_t ads_written(uint8_t address);

void ads_start(void);
void ads_stop(void);

/* Read one frame of continuous conversion; false when its status does not begin with 1100. */
bool ads_read_frame(uint8_t samples[ADS_SAMPLE_BYTES]);

#endif
