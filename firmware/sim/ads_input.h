/* Analog part of the ADS1299 model, from electrodes to codes: input multiplexer, test signal, lead-off current, sinc3
 * filter, noise. */
#ifndef ADS_INPUT_H
#define ADS_INPUT_H

#include <stdint.h>

#define ADS_MODEL_N_CHANNELS 8
#define ADS_INPUT_STEPS 16                      /* filter steps per output sample */
#define ADS_INPUT_TAPS (3 * ADS_INPUT_STEPS - 2) /* three moving averages in series */
#define ADS_INPUT_OFF_OHM 1e9                   /* an electrode of at least this is not connected */

/* Voltage between the two pins of each channel at time_s after the start of the conversions, by the converter's nominal
 * clock, so that a recording keeps its position among the samples at any clock error. */
typedef void (*ads_source_t)(void *context, double time_s, double out_uv[ADS_MODEL_N_CHANNELS]);

typedef struct {
    ads_source_t source; /* NULL: electrodes with noise only */
    void *context;
    double electrode_ohm[ADS_MODEL_N_CHANNELS]; /* of each electrode of a pair, at the lead-off frequency */
    uint64_t random;
    uint64_t n_steps; /* since the conversions started */
    double history_uv[ADS_MODEL_N_CHANNELS][ADS_INPUT_TAPS];
} ads_input_t;

/* Set electrodes of 10 kOhm with noise only. */
void ads_input_init(ads_input_t *input, uint64_t seed);

uint64_t ads_input_random(ads_input_t *input);

/* Start conversions with an empty filter. */
void ads_input_start(ads_input_t *input);

/* Compute the codes of the conversion that ends now: one sample after the one before it, or four after the start. */
void ads_input_convert(ads_input_t *input, const uint8_t *registers, int32_t codes[ADS_MODEL_N_CHANNELS]);

#endif
