#include "ads1299.h"

#include "hal.h"

#define CMD_START 0x08
#define CMD_STOP 0x0A
#define CMD_RDATAC 0x10
#define CMD_SDATAC 0x11
#define CMD_RREG 0x20
#define CMD_WREG 0x40

#define SUPPLY_WAIT_MS 150    /* 2^18 tCLK = 128 ms after the supplies (SBAS499C), plus the clock's tolerance */
#define REFERENCE_WAIT_MS 150 /* VCAP1 charges once PD_REFBUF is set */
#define DECODE_US 2           /* tSDECODE and tSCCS, 4 tCLK = 1.96 us */
#define RESET_US 20           /* 18 tCLK = 8.8 us */
#define STATUS_MASK 0xF0
#define STATUS_MARK 0xC0
#define BIAS_STAT 0x01 /* of CONFIG3, read-only */

static uint8_t written[ADS_N_REGISTERS];
static ads_health_t health;

static void wait_ms(uint16_t time_ms) {
    while (time_ms-- > 0) {
        hal_wait_us(1000);
        hal_feed_watchdog();
    }
}

static void command(uint8_t opcode) {
    hal_spi_select(true);
    (void)hal_spi_exchange(opcode);
    hal_wait_us(DECODE_US);
    hal_spi_select(false);
    hal_wait_us(DECODE_US);
}

uint8_t ads_read(uint8_t address) {
    hal_spi_select(true);
    (void)hal_spi_exchange((uint8_t)(CMD_RREG | address));
    (void)hal_spi_exchange(0);
    uint8_t value = hal_spi_exchange(0);
    hal_wait_us(DECODE_US);
    hal_spi_select(false);
    hal_wait_us(DECODE_US);
    return value;
}

static void keep_first(ads_fault_t fault, uint8_t address, uint8_t wanted, uint8_t found) {
    if (health.fault == ADS_OK) {
        health = (ads_health_t){fault, address, wanted, found};
    }
}

bool ads_write(uint8_t address, uint8_t value) {
    hal_spi_select(true);
    (void)hal_spi_exchange((uint8_t)(CMD_WREG | address));
    (void)hal_spi_exchange(0);
    (void)hal_spi_exchange(value);
    hal_wait_us(DECODE_US);
    hal_spi_select(false);
    hal_wait_us(DECODE_US);
    written[address] = value;
    uint8_t found = ads_read(address);
    if (address == ADS_CONFIG3) {
        found &= (uint8_t)~BIAS_STAT;
    }
    if (found != value) {
        keep_first(ADS_BAD_READBACK, address, value, found);
        return false;
    }
    if (health.fault == ADS_BAD_READBACK && health.address == address) {
        health.fault = ADS_OK; /* fixed: the register now has the right value */
    }
    return true;
}

uint8_t ads_written(uint8_t address) { return written[address]; }

const ads_health_t *ads_health(void) { return &health; }

void ads_tell_fault(ads_fault_t fault) { health = (ads_health_t){fault, 0, 0, 0}; }

static void write_default(uint8_t address, uint8_t value, uint8_t rate_code, uint8_t bias_channels) {
    switch (address) {
    case ADS_CONFIG1:
        value |= rate_code;
        break;
    case ADS_BIAS_SENSP:
    case ADS_BIAS_SENSN:
        value &= bias_channels;
        break;
    default:
        break;
    }
    (void)ads_write(address, value);
    if (address == ADS_CONFIG3) {
        wait_ms(REFERENCE_WAIT_MS);
    }
}

void ads_power_up(uint8_t rate_code, uint8_t bias_channels) {
    health = (ads_health_t){ADS_OK, 0, 0, 0};
    hal_spi_select(false);
    hal_adc_reset_pin(false);
    wait_ms(SUPPLY_WAIT_MS);
    hal_adc_reset_pin(true);
    hal_wait_us(RESET_US);
    hal_adc_reset_pin(false);
    hal_wait_us(RESET_US);
    command(CMD_SDATAC); /* the chip starts in RDATAC, where registers read as 0 */
    uint8_t id = ads_read(ADS_ID);
    written[ADS_ID] = id;
    if (id != ADS_ID_8_CHANNELS) {
        keep_first(ADS_BAD_ID, ADS_ID, ADS_ID_8_CHANNELS, id);
        return;
    }
#define ADS_DEFAULT(name, value) write_default(ADS_##name, value, rate_code, bias_channels);
    REGISTER_DEFAULTS(ADS_DEFAULT)
#undef ADS_DEFAULT
}

void ads_start(void) {
    command(CMD_START);
    command(CMD_RDATAC);
    hal_spi_select(true); /* stays selected, so that the stream path needs no waits of the chip select */
}

void ads_stop(void) {
    hal_spi_select(false);
    hal_wait_us(DECODE_US);
    command(CMD_SDATAC);
    command(CMD_SDATAC); /* twice, since one within 4 tCLK of DRDY may be ignored */
    command(CMD_STOP);
}

bool ads_read_frame(uint8_t samples[ADS_SAMPLE_BYTES]) {
    uint8_t status[3];
    hal_spi_receive(status, sizeof status);
    hal_spi_receive(samples, ADS_SAMPLE_BYTES);
    return (status[0] & STATUS_MASK) == STATUS_MARK;
}
