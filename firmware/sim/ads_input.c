#include "ads_input.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define CLOCK_HZ 2048000.0
#define FULL_SCALE_UV 4500000.0
#define CODE_MAX 8388607
#define TEST_UV 1875.0         /* VREF / 2400 */
#define SUPPLY_UV 2500000.0    /* half of AVDD - AVSS, shown by MVDD */
#define DVDD_UV 825000.0       /* a quarter of 3.3 V, on channels 3 and 4 */
#define TEMPERATURE_UV 145300.0 /* at 25 degrees Celsius */
#define ELECTRODE_OHM 10000.0
#define SERIES_OHM 2200.0 /* at every input, hardware_docs/board.md */
#define ELECTRODE_NOISE_UV 3.0
#define SETTLING_SAMPLES 4
#define RATE_CODES 7

enum { CONFIG1 = 0x01, CONFIG2 = 0x02, LOFF = 0x04, CH1SET = 0x05, LOFF_SENSP = 0x0F, LOFF_SENSN = 0x10 };
enum { MUX_NORMAL = 0, MUX_SUPPLY = 3, MUX_TEMPERATURE = 4, MUX_TEST = 5 };

static const double gains[8] = {1, 2, 4, 6, 8, 12, 24, 24};

/* Input noise in uV RMS by rate code and gain code: gains 1 and 2 from the datasheet, the others approximate. */
static const double noise_uv[RATE_CODES][8] = {
    {21.70, 10.85, 5.6, 3.9, 3.1, 2.3, 1.7, 1.7},    {6.93, 3.65, 2.0, 1.3, 1.1, 0.92, 0.80, 0.80},
    {4.33, 2.28, 1.2, 0.9, 0.8, 0.65, 0.56, 0.56},   {3.06, 1.61, 0.88, 0.66, 0.56, 0.46, 0.40, 0.40},
    {2.17, 1.14, 0.62, 0.47, 0.39, 0.32, 0.28, 0.28}, {1.53, 0.81, 0.44, 0.33, 0.28, 0.23, 0.20, 0.20},
    {1.08, 0.57, 0.31, 0.23, 0.20, 0.16, 0.14, 0.14},
};

uint64_t ads_input_random(ads_input_t *input) {
    input->random ^= input->random << 13;
    input->random ^= input->random >> 7;
    input->random ^= input->random << 17;
    return input->random;
}

/* Approximately normal with variance 1: sum of four 16-bit numbers. */
static double noise(ads_input_t *input) {
    uint64_t bits = ads_input_random(input);
    double sum = 0.0;
    for (int i = 0; i < 4; i++) {
        sum += (double)((bits >> (16 * i)) & 0xFFFF);
    }
    return (sum / 65536.0 - 2.0) * 1.7320508;
}

static unsigned rate_code(const uint8_t *registers) {
    unsigned code = registers[CONFIG1] & 7U;
    return code < RATE_CODES ? code : RATE_CODES - 1;
}

static double period_tclk(const uint8_t *registers) { return (double)(128U << rate_code(registers)); }

static double test_signal_uv(const uint8_t *registers, double time_tclk) {
    uint8_t config2 = registers[CONFIG2];
    double amplitude_uv = TEST_UV * ((config2 & 0x04) != 0 ? 2.0 : 1.0);
    unsigned period_shift = (config2 & 3U) == 0 ? 21 : 20;
    bool is_negative = (config2 & 3U) != 3 && (((uint64_t)time_tclk >> (period_shift - 1)) & 1U) != 0;
    return is_negative ? -amplitude_uv : amplitude_uv;
}

/* Voltage of the lead-off current across the electrodes: P sources it while N sinks it, and both reverse together, so
 * that the two voltages add. */
static double lead_off_uv(const ads_input_t *input, const uint8_t *registers, int channel, double time_tclk) {
    static const double current_a[4] = {6e-9, 24e-9, 6e-6, 24e-6};
    static const unsigned period_shift[3] = {0, 18, 16}; /* direct current, 7.8 Hz, 31.25 Hz */
    unsigned n_electrodes = ((registers[LOFF_SENSP] >> channel) & 1U) + ((registers[LOFF_SENSN] >> channel) & 1U);
    if (n_electrodes == 0) {
        return 0.0;
    }
    double ohm = n_electrodes * (input->electrode_ohm[channel] + SERIES_OHM);
    double value_uv = ohm * current_a[(registers[LOFF] >> 2) & 3U] * 1e6;
    unsigned frequency = registers[LOFF] & 3U;
    double period = frequency == 3 ? 4.0 * period_tclk(registers) : (double)(1UL << period_shift[frequency % 3]);
    bool is_negative = frequency != 0 && ((uint64_t)(2.0 * time_tclk / period) & 1U) != 0;
    return is_negative ? -value_uv : value_uv;
}

static double behind_mux_uv(const ads_input_t *input, const uint8_t *registers, int channel, double electrode_uv,
                            double time_tclk) {
    switch (registers[CH1SET + channel] & 7U) {
    case MUX_NORMAL:
        if (input->electrode_ohm[channel] >= ADS_INPUT_OFF_OHM) {
            return FULL_SCALE_UV; /* the open input drifts to the rail */
        }
        return electrode_uv + lead_off_uv(input, registers, channel, time_tclk);
    case MUX_SUPPLY:
        return channel == 2 || channel == 3 ? DVDD_UV : SUPPLY_UV;
    case MUX_TEMPERATURE:
        return TEMPERATURE_UV;
    case MUX_TEST:
        return test_signal_uv(registers, time_tclk);
    default:
        return 0.0;
    }
}

static void step(ads_input_t *input, const uint8_t *registers) {
    double electrodes_uv[ADS_MODEL_N_CHANNELS] = {0};
    /* Half a step back, so that the taps are centered like the true filter, 1.5 samples before the conversion. */
    double n_steps = input->n_steps > 0 ? (double)input->n_steps - 0.5 : 0.0;
    double time_tclk = n_steps * period_tclk(registers) / ADS_INPUT_STEPS;
    if (input->source != NULL) {
        input->source(input->context, time_tclk / CLOCK_HZ, electrodes_uv);
    }
    uint64_t place = input->n_steps % ADS_INPUT_TAPS;
    for (int channel = 0; channel < ADS_MODEL_N_CHANNELS; channel++) {
        input->history_uv[channel][place] =
            behind_mux_uv(input, registers, channel, electrodes_uv[channel], time_tclk);
    }
    input->n_steps++;
}

/* Impulse response of three moving averages of ADS_INPUT_STEPS, with sum 1. */
static const double *taps(void) {
    static double weights[ADS_INPUT_TAPS];
    if (weights[0] == 0.0) {
        for (int i = 0; i < ADS_INPUT_STEPS; i++) {
            for (int j = 0; j < ADS_INPUT_STEPS; j++) {
                for (int k = 0; k < ADS_INPUT_STEPS; k++) {
                    weights[i + j + k] += 1.0 / (ADS_INPUT_STEPS * ADS_INPUT_STEPS * ADS_INPUT_STEPS);
                }
            }
        }
    }
    return weights;
}

static double filtered_uv(const ads_input_t *input, int channel) {
    const double *weights = taps();
    uint64_t oldest = input->n_steps % ADS_INPUT_TAPS;
    double sum = 0.0;
    for (uint64_t i = 0; i < ADS_INPUT_TAPS; i++) {
        uint64_t place = oldest + i;
        sum += weights[i] * input->history_uv[channel][place < ADS_INPUT_TAPS ? place : place - ADS_INPUT_TAPS];
    }
    return sum;
}

static int32_t code_of(double value_uv, double gain) {
    double code = value_uv * gain / FULL_SCALE_UV * CODE_MAX;
    if (code > CODE_MAX) {
        return CODE_MAX;
    }
    return code < -CODE_MAX - 1 ? -CODE_MAX - 1 : (int32_t)code;
}

void ads_input_init(ads_input_t *input, uint64_t seed) {
    memset(input, 0, sizeof *input);
    input->random = seed * 0x9E3779B97F4A7C15ULL + 1;
    for (int channel = 0; channel < ADS_MODEL_N_CHANNELS; channel++) {
        input->electrode_ohm[channel] = ELECTRODE_OHM;
    }
}

void ads_input_start(ads_input_t *input) {
    input->n_steps = 0;
    memset(input->history_uv, 0, sizeof input->history_uv);
}

void ads_input_convert(ads_input_t *input, const uint8_t *registers, int32_t codes[ADS_MODEL_N_CHANNELS]) {
    int n_steps = input->n_steps == 0 ? SETTLING_SAMPLES * ADS_INPUT_STEPS : ADS_INPUT_STEPS;
    for (int i = 0; i < n_steps; i++) {
        step(input, registers);
    }
    for (int channel = 0; channel < ADS_MODEL_N_CHANNELS; channel++) {
        uint8_t setting = registers[CH1SET + channel];
        unsigned gain = (setting >> 4) & 7U;
        double value_uv = filtered_uv(input, channel) + noise_uv[rate_code(registers)][gain] * noise(input);
        if (input->source == NULL && (setting & 7U) == MUX_NORMAL) {
            value_uv += ELECTRODE_NOISE_UV * noise(input);
        }
        codes[channel] = (setting & 0x80) != 0 ? 0 : code_of(value_uv, gains[gain]);
    }
}
