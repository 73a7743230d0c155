#include "stream.h"

#include "ads1299.h"
#include "events.h"
#include "hal.h"
#include "packet.h"
#include "sync.h"

#define LOCKOUTS_PER_S 50 /* a contact has settled after 20 ms */
#define SYNC_PULSES_PER_S 25 /* 40 ms: longer than the lockout and than two samples of a logger at 100 per second */

static volatile uint32_t conversions;
static volatile uint16_t overruns;
static volatile bool is_pending;
static volatile uint8_t pins_at_conversion;
static bool is_on;
static uint32_t begun_ms;
static uint16_t spi_faults;
static uint16_t dropped;
static uint8_t faults_in_row;
static stream_mode_t mode;
static uint8_t marker;
static bool stamps_time;
static bool sets_time;

static void count(uint16_t *counter) {
    if (*counter < UINT16_MAX) {
        (*counter)++;
    }
}

/* Interrupts are off. */
static void count_overrun(void) {
    if (overruns < UINT16_MAX) {
        overruns++;
    }
}

void stream_on_drdy(void) {
    sync_on_conversion();
    pins_at_conversion = hal_event_pins();
    conversions++;
    if (is_pending) {
        count_overrun();
    }
    is_pending = true;
}

static void begin(uint16_t rate_sps) {
    hal_lock();
    conversions = 0;
    is_pending = false;
    hal_unlock();
    faults_in_row = 0;
    events_start(hal_event_pins(), (uint8_t)(rate_sps / LOCKOUTS_PER_S));
    sync_begin((uint8_t)(rate_sps / SYNC_PULSES_PER_S));
    ads_start();
    begun_ms = hal_time_ms();
}

void stream_start(uint16_t rate_sps) {
    hal_lock();
    overruns = 0;
    hal_unlock();
    spi_faults = 0;
    dropped = 0;
    is_on = true;
    begin(rate_sps);
}

void stream_stop(void) {
    if (is_on) {
        ads_stop();
    }
    sync_begin(0);
    is_on = false;
    is_pending = false;
}

bool stream_is_on(void) { return is_on; }

uint32_t stream_begun_ms(void) { return begun_ms; }

void stream_pause(void) {
    if (is_on) {
        ads_stop();
    }
}

void stream_resume(uint16_t rate_sps) {
    if (is_on) {
        begin(rate_sps);
    }
}

bool stream_has_work(void) { return is_pending; }

/* Fill in the aux bytes and return the tail for their layout. */
static uint8_t fill_aux(uint8_t aux[WIRE_AUX_BYTES], uint8_t pins, sync_t sync) {
    for (uint8_t i = 0; i < WIRE_AUX_BYTES; i++) {
        aux[i] = 0;
    }
    if (mode == STREAM_MODE_DIGITAL) {
        aux[0] = pins & 1U;
        aux[1] = (pins >> 1) & 1U;
        aux[2] = events_age(0); /* a time stamp replaces everything after the levels */
        aux[3] = events_age(1);
        aux[4] = sync.is_high;
        aux[5] = sync.age;
    } else if (mode == STREAM_MODE_MARKER) {
        aux[1] = marker;
        aux[0] = marker > 0x7F ? 0xFF : 0; /* the stock firmware's char is signed */
        marker = 0;
    }
    bool is_raw = mode != STREAM_MODE_DEFAULT;
    if (!stamps_time) {
        return is_raw ? WIRE_TAIL_RAW_AUX : WIRE_TAIL_ACCEL;
    }
    packet_put_u32(&aux[2], hal_time_ms());
    if (sets_time) {
        sets_time = false;
        return is_raw ? WIRE_TAIL_TIME_SET_RAW_AUX : WIRE_TAIL_TIME_SET_ACCEL;
    }
    return is_raw ? WIRE_TAIL_TIME_RAW_AUX : WIRE_TAIL_TIME_ACCEL;
}

void stream_service(void) {
    static uint8_t packet[WIRE_PACKET_BYTES];
    uint8_t aux[WIRE_AUX_BYTES];
    hal_lock();
    uint16_t number = (uint16_t)(conversions - 1U);
    uint8_t levels = pins_at_conversion;
    sync_t sync = sync_state();
    is_pending = false;
    hal_unlock();
    bool is_good = ads_read_frame(&packet[WIRE_SAMPLES_OFFSET]);
    hal_lock();
    bool is_overtaken = is_pending;
    if (is_overtaken) { /* the bytes mix two conversions, and the second is no longer complete in the converter */
        count_overrun();
        count_overrun();
        is_pending = false;
    }
    hal_unlock();
    if (is_overtaken) {
        return;
    }
    uint8_t pins = events_sample(levels, number);
    if (!is_good) {
        count(&spi_faults);
        if (faults_in_row < UINT8_MAX) {
            faults_in_row++;
        }
        return;
    }
    faults_in_row = 0;
    if (hal_uart_free() < WIRE_PACKET_BYTES) {
        count(&dropped);
        return;
    }
    uint8_t tail = fill_aux(aux, pins, sync);
    packet_frame(packet, (uint8_t)number, aux, tail);
    hal_uart_write(packet, WIRE_PACKET_BYTES);
}

stream_counts_t stream_counts(void) {
    hal_lock();
    stream_counts_t counts = {conversions, overruns, spi_faults, dropped, faults_in_row};
    hal_unlock();
    return counts;
}

void stream_set_mode(stream_mode_t wanted) { mode = wanted; }

stream_mode_t stream_mode(void) { return mode; }

void stream_set_marker(uint8_t character) { marker = character; }

void stream_set_time_stamps(bool is_wanted) {
    stamps_time = is_wanted;
    sets_time = is_wanted;
}
