#include "bdf_source.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ads_input.h"

#define FIXED_HEADER_BYTES 256
#define MAX_SIGNALS 512
#define MAX_RECORDS 10000000L

/* Widths of the fields of a signal in the header, in order. */
enum { LABEL = 16, TRANSDUCER = 80, UNIT = 8, NUMBER = 8, FILTERS = 80 };

typedef struct {
    double scale_uv, offset_uv;
    long n_in_record;
    bool is_wanted;
} signal_t;

static signal_t signals[MAX_SIGNALS];
static long n_signals, n_records, n_samples;
static double rate_hz;
static int sample_bytes, n_channels;
static float *samples[ADS_MODEL_N_CHANNELS];

static double number(const char *field, int width) {
    char text[FILTERS + 1];
    memcpy(text, field, (size_t)width);
    text[width] = '\0';
    return strtod(text, NULL);
}

static bool starts_with(const char *field, const char *word) { return strncmp(field, word, strlen(word)) == 0; }

/* One signal's field in the header, where each field is stored for all signals in turn; `before` is the total width per
 * signal of the fields before it. */
static const char *field(const char *header, int before, int width, long signal) {
    return header + FIXED_HEADER_BYTES + before * n_signals + width * signal;
}

static void read_signal(const char *header, long i) {
    const int units = LABEL + TRANSDUCER, ranges = units + UNIT, counts = ranges + 4 * NUMBER + FILTERS;
    double physical_min = number(field(header, ranges, NUMBER, i), NUMBER);
    double physical_max = number(field(header, ranges + NUMBER, NUMBER, i), NUMBER);
    double digital_min = number(field(header, ranges + 2 * NUMBER, NUMBER, i), NUMBER);
    double digital_max = number(field(header, ranges + 3 * NUMBER, NUMBER, i), NUMBER);
    signals[i].n_in_record = (long)number(field(header, counts, NUMBER, i), NUMBER);
    signals[i].is_wanted = starts_with(field(header, units, UNIT, i), "uV") && digital_max > digital_min &&
                           n_channels < ADS_MODEL_N_CHANNELS && signals[i].n_in_record > 0;
    if (!signals[i].is_wanted) {
        return;
    }
    signals[i].scale_uv = (physical_max - physical_min) / (digital_max - digital_min);
    signals[i].offset_uv = physical_min - digital_min * signals[i].scale_uv;
    n_channels++;
}

static int32_t sample_at(const uint8_t *bytes) {
    uint32_t value = bytes[0] | (uint32_t)bytes[1] << 8 | (sample_bytes == 3 ? (uint32_t)bytes[2] << 16 : 0);
    uint32_t sign = sample_bytes == 3 ? 0x800000U : 0x8000U;
    return (int32_t)(value ^ sign) - (int32_t)sign;
}

static bool read_records(FILE *file, long record_bytes, long n_in_record) {
    uint8_t *record = malloc((size_t)record_bytes);
    if (record == NULL) {
        return false;
    }
    for (long r = 0; r < n_records && fread(record, (size_t)record_bytes, 1, file) == 1; r++) {
        const uint8_t *at = record;
        int channel = 0;
        for (long i = 0; i < n_signals; i++) {
            for (long k = 0; signals[i].is_wanted && k < signals[i].n_in_record; k++) {
                double value_uv = sample_at(at + k * sample_bytes) * signals[i].scale_uv + signals[i].offset_uv;
                samples[channel][r * signals[i].n_in_record + k] = (float)value_uv;
            }
            channel += signals[i].is_wanted;
            at += signals[i].n_in_record * sample_bytes;
        }
        n_samples = (r + 1) * n_in_record;
    }
    free(record);
    return true;
}

static bool make_room(long n_in_record) {
    for (int channel = 0; channel < n_channels; channel++) {
        samples[channel] = calloc((size_t)(n_records * n_in_record), sizeof samples[channel][0]);
        if (samples[channel] == NULL) {
            return false;
        }
    }
    return true;
}

/* Read the header and all records. Returns NULL on success, otherwise what is wrong. */
static const char *read_all(FILE *file) {
    static char header[FIXED_HEADER_BYTES * (MAX_SIGNALS + 1)];
    if (fread(header, FIXED_HEADER_BYTES, 1, file) != 1 || ((uint8_t)header[0] != 0xFF && header[0] != '0')) {
        return "is no BDF or EDF file";
    }
    sample_bytes = (uint8_t)header[0] == 0xFF ? 3 : 2;
    double record_s = number(header + 244, NUMBER);
    n_records = (long)number(header + 236, NUMBER);
    n_signals = (long)number(header + 252, 4);
    if (n_signals < 1 || n_signals > MAX_SIGNALS || record_s <= 0.0 || n_records < 1 || n_records > MAX_RECORDS ||
        fread(header + FIXED_HEADER_BYTES, (size_t)(FIXED_HEADER_BYTES * n_signals), 1, file) != 1) {
        return "has a header that cannot be read, or no records: was its recording cut off?";
    }
    long record_bytes = 0, n_in_record = 0;
    for (long i = 0; i < n_signals; i++) {
        read_signal(header, i);
        record_bytes += signals[i].n_in_record * sample_bytes;
        if (signals[i].is_wanted && n_in_record != 0 && signals[i].n_in_record != n_in_record) {
            return "has signals of different rates";
        }
        n_in_record = signals[i].is_wanted ? signals[i].n_in_record : n_in_record;
    }
    if (n_channels == 0) {
        return "has no signal in uV";
    }
    rate_hz = (double)n_in_record / record_s;
    return make_room(n_in_record) && read_records(file, record_bytes, n_in_record) ? NULL : "does not fit into memory";
}

bool bdf_source_open(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "%s cannot be opened: is the name right?\n", path);
        return false;
    }
    const char *trouble = read_all(file);
    (void)fclose(file);
    if (trouble != NULL) {
        fprintf(stderr, "%s %s\n", path, trouble);
    }
    return trouble == NULL;
}

void bdf_source_read(void *context, double time_s, double *out_uv) {
    (void)context;
    double place = time_s * rate_hz;
    long before = (long)place;
    double share = place - (double)before;
    for (int channel = 0; channel < n_channels; channel++) {
        bool is_inside = before >= 0 && before + 1 < n_samples;
        out_uv[channel] =
            is_inside ? samples[channel][before] * (1.0 - share) + samples[channel][before + 1] * share : 0.0;
    }
}
