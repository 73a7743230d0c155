#include "settings.h"

#include "ads1299.h"
#include "stream.h"
#include "wire.h"

#define MUX_MASK 0x07
#define MUX_SHORTED 1
#define MUX_TEST 5
#define MUX_BIAS_DRP 6
#define MUX_BIAS_DRN 7
#define POWER_DOWN 0x80
#define SRB2 0x08
#define SRB1 0x20
#define GAIN_24 6
#define INT_CAL 0x10 /* of CONFIG2: internal test signal */
#define FASTEST_SPS 16000U /* DR = 0 of CONFIG1; each code halves it */

static uint8_t rate_code = WIRE_DEFAULT_RATE_CODE;
static uint8_t needles;

static bool put_bit(uint8_t address, uint8_t bit, bool is_set) {
    uint8_t value = ads_written(address);
    return ads_write(address, is_set ? (uint8_t)(value | bit) : (uint8_t)(value & ~bit));
}

/* Resume conversions after a stream_pause and the writing of registers; returns the result. */
static settings_result_t resumed(bool is_ok) {
    stream_resume(settings_rate_sps());
    return is_ok ? SETTINGS_OK : SETTINGS_FAULT;
}

static bool is_needle(uint8_t channel) { return (needles & (1U << channel)) != 0; }

/* SRB2 joins the P inputs of all channels connected to it: a needle would share the currents of its neighbours. */
static bool take_needles_off_srb2(void) {
    bool is_ok = true;
    for (uint8_t channel = 0; channel < ADS_N_CHANNELS; channel++) {
        if (is_needle(channel)) {
            is_ok &= put_bit((uint8_t)(ADS_CH1SET + channel), SRB2, false);
        }
    }
    return is_ok;
}

void settings_reset(void) {
    ads_power_up(rate_code, (uint8_t)~needles);
    if (ads_health()->fault == ADS_OK) {
        (void)take_needles_off_srb2();
    }
}

void settings_defaults(void) {
    stream_pause();
    for (uint8_t channel = 0; channel < ADS_N_CHANNELS; channel++) {
        uint8_t value = is_needle(channel) ? (uint8_t)(ADS_CH1SET_DEFAULT & ~SRB2) : ADS_CH1SET_DEFAULT;
        (void)ads_write((uint8_t)(ADS_CH1SET + channel), value);
    }
    (void)ads_write(ADS_BIAS_SENSP, (uint8_t)(ADS_BIAS_SENSP_DEFAULT & ~needles));
    (void)ads_write(ADS_BIAS_SENSN, (uint8_t)(ADS_BIAS_SENSN_DEFAULT & ~needles));
    (void)ads_write(ADS_LOFF_SENSP, ADS_LOFF_SENSP_DEFAULT);
    (void)ads_write(ADS_LOFF_SENSN, ADS_LOFF_SENSN_DEFAULT);
    (void)ads_write(ADS_MISC1, ADS_MISC1_DEFAULT);
    (void)resumed(true);
}

uint16_t settings_rate_of(uint8_t code) { return (uint16_t)(FASTEST_SPS >> code); }

uint16_t settings_rate_sps(void) { return settings_rate_of(rate_code); }

settings_result_t settings_set_rate(uint8_t code) {
    stream_pause();
    rate_code = code;
    return resumed(ads_write(ADS_CONFIG1, (uint8_t)(ADS_CONFIG1_DEFAULT | code)));
}

settings_result_t settings_channel(uint8_t channel, const uint8_t fields[SETTINGS_N_FIELDS]) {
    uint8_t bit = (uint8_t)(1U << channel);
    uint8_t gain = fields[1] <= GAIN_24 ? fields[1] : GAIN_24;
    uint8_t mux = fields[2] <= MUX_MASK ? fields[2] : 0;
    bool is_driven = fields[3] == 1 || mux == MUX_TEST || mux == MUX_BIAS_DRP || mux == MUX_BIAS_DRN;
    bool is_joined = fields[4] == 1;
    bool joins_all = fields[5] == 1; /* SRB1 is a single switch for the N inputs of all channels */
    if ((is_needle(channel) && (is_driven || is_joined)) || (needles != 0 && joins_all)) {
        return SETTINGS_NEEDLE;
    }
    stream_pause();
    uint8_t value = (uint8_t)((fields[0] == 1 ? POWER_DOWN : 0) | gain << 4 | (is_joined ? SRB2 : 0) | mux);
    bool is_ok = ads_write((uint8_t)(ADS_CH1SET + channel), value);
    is_ok &= put_bit(ADS_BIAS_SENSP, bit, fields[3] == 1);
    is_ok &= put_bit(ADS_BIAS_SENSN, bit, fields[3] == 1);
    is_ok &= put_bit(ADS_MISC1, SRB1, joins_all);
    return resumed(is_ok);
}

settings_result_t settings_power(uint8_t channel, bool is_off) {
    stream_pause();
    return resumed(put_bit((uint8_t)(ADS_CH1SET + channel), POWER_DOWN, is_off));
}

settings_result_t settings_lead_off(uint8_t channel, bool p, bool n) {
    uint8_t bit = (uint8_t)(1U << channel);
    if (is_needle(channel) && (p || n)) {
        return SETTINGS_NEEDLE;
    }
    stream_pause();
    bool is_ok = put_bit(ADS_LOFF_SENSP, bit, p);
    is_ok &= put_bit(ADS_LOFF_SENSN, bit, n);
    return resumed(is_ok);
}

static bool set_all_inputs(uint8_t mux) {
    bool is_ok = true;
    for (uint8_t channel = 0; channel < ADS_N_CHANNELS; channel++) {
        uint8_t address = (uint8_t)(ADS_CH1SET + channel);
        is_ok &= ads_write(address, (uint8_t)((ads_written(address) & ~MUX_MASK) | mux));
    }
    return is_ok;
}

settings_result_t settings_short_inputs(void) {
    stream_pause();
    return resumed(set_all_inputs(MUX_SHORTED));
}

settings_result_t settings_test_signal(uint8_t signal) {
    if (needles != 0) {
        return SETTINGS_NEEDLE;
    }
    stream_pause();
    bool is_ok = ads_write(ADS_CONFIG2, (uint8_t)(ADS_CONFIG2_DEFAULT | INT_CAL | signal));
    return resumed(set_all_inputs(MUX_TEST) && is_ok);
}

settings_result_t settings_declare_needle(uint8_t channel, bool has_needle) {
    uint8_t bit = (uint8_t)(1U << channel);
    if (!has_needle) {
        needles &= (uint8_t)~bit;
        return SETTINGS_OK;
    }
    stream_pause();
    needles |= bit;
    uint8_t address = (uint8_t)(ADS_CH1SET + channel);
    bool is_ok = put_bit(ADS_BIAS_SENSP, bit, false);
    is_ok &= put_bit(ADS_BIAS_SENSN, bit, false);
    is_ok &= put_bit(ADS_LOFF_SENSP, bit, false);
    is_ok &= put_bit(ADS_LOFF_SENSN, bit, false);
    is_ok &= put_bit(ADS_MISC1, SRB1, false);
    is_ok &= take_needles_off_srb2();
    if ((ads_written(address) & MUX_MASK) >= MUX_TEST) {
        is_ok &= ads_write(address, (uint8_t)(ads_written(address) & ~MUX_MASK));
    }
    return resumed(is_ok);
}

uint8_t settings_needles(void) { return needles; }

uint8_t settings_first_needle(void) {
    uint8_t channel = 0;
    while (channel < ADS_N_CHANNELS - 1 && !is_needle(channel)) {
        channel++;
    }
    return channel;
}
