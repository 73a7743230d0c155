/* The ADS1299 from its electrodes to its codes: input multiplexer, test signal, lead-off current, sinc3 filter, noise. */
#ifndef ADS_INPUT_H
#define ADS_INPUT_H

#include <stdint.h>

#define ADS_MODEL_N_CHANNELS 8
#define ADS_INPUT_STEPS 16                      /* of the filter in one output sample */
#define ADS_INPUT_TAPS (3 * ADS_INPUT_STEPS - 2) /* three moving averages, one after the other */
#define ADS_INPUT_OFF_OHM 1e9                   /* from here on an electrode counts as not connected */

/* Voltage between the two pins of each channel so long after the start of the conversions, by the converter's clock taken
 * as true: a recording keeps its place among the samples whatever the clock error. */
typedef void (*ads_source_t)(void *context, double time_s, double out_uv[ADS_MODEL_N_CHANNELS]);

typedef struct {
    ads_source_t source; /* NULL: electrodes that carry noise alone */
    void *context;
    double electrode_ohm[ADS_MODEL_N_CHANNELS]; /* of each of the two of a pair, at the lead-off frequency */
    uint64_t random;
    uint64_t n_steps; /* since the conversions started */
    double history_uv[ADS_MODEL_N_CHANNELS][ADS_INPUT_TAPS];
} ads_input_t;

/* Electrodes of 10 kOhm that carry noise alone. */
void ads_input_init(ads_input_t *input, uint64_t seed);

uint64_t ads_input_random(ads_input_t *input);

/* The conversions start: the filter is empty. */
void ads_input_start(ads_input_t *input);

/* Codes of the conversion that ends now, ADS_INPUT_STEPS steps after the one before it, or four samples after the start. */
void ads_input_convert(ads_input_t *input, const uint8_t *registers, int32_t codes[ADS_MODEL_N_CHANNELS]);

#endif
