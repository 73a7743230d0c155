#include "supervisor.h"

#include "ads1299.h"
#include "hal.h"
#include "settings.h"
#include "stream.h"
#include "text.h"
#include "wire.h"

#define FIRST_DRDY_MS 60 /* 250 SPS settles in 16 ms */
#define SILENCE_MS 200
#define MAX_FAULTS_IN_ROW 100

static uint32_t watched_since_ms;
static uint32_t last_conversions;
static uint32_t last_change_ms;

void supervisor_say_fault(void) {
    const ads_health_t *health = ads_health();
    switch (health->fault) {
    case ADS_OK:
        return;
    case ADS_BAD_ID:
        text_say(HAL_TEXT("ADS1299 ID register reads 0x"));
        text_hex(health->found);
        text_say(HAL_TEXT(", want 0x3E: check power and MISO"));
        return;
    case ADS_BAD_READBACK:
        text_say(HAL_TEXT("ADS1299 register 0x"));
        text_hex(health->address);
        text_say(HAL_TEXT(" reads 0x"));
        text_hex(health->found);
        text_say(HAL_TEXT(", want 0x"));
        text_hex(health->wanted);
        text_say(HAL_TEXT(": check SPI wiring and supply"));
        return;
    case ADS_NO_DRDY:
        text_say(HAL_TEXT("ADS1299 gives no DRDY: check the DRDY wire and the clock"));
        return;
    case ADS_BAD_STATUS:
        text_say(HAL_TEXT("ADS1299 frames have no status 0xC: check MISO and supply"));
        return;
    }
}

void supervisor_say_reset_cause(void) {
    switch (hal_reset_cause()) {
    case HAL_RESET_POWER_ON:
        text_say(HAL_TEXT("power-on"));
        return;
    case HAL_RESET_BUTTON:
        text_say(HAL_TEXT("reset pin"));
        return;
    case HAL_RESET_BROWN_OUT:
        text_say(HAL_TEXT("brown-out: check the battery"));
        return;
    case HAL_RESET_WATCHDOG:
        text_say(HAL_TEXT("watchdog: the firmware hung"));
        return;
    case HAL_RESET_NONE:
        text_say(HAL_TEXT("none: the firmware went astray, or a boot loader hides the cause"));
        return;
    }
}

static void see_it_convert(void) {
    stream_start(settings_rate_sps());
    uint32_t begin_ms = hal_time_ms();
    while (!stream_has_work() && hal_time_ms() - begin_ms < FIRST_DRDY_MS) {
        hal_idle();
    }
    bool has_drdy = stream_has_work();
    stream_stop();
    if (!has_drdy) {
        ads_tell_fault(ADS_NO_DRDY);
    }
}

void supervisor_reset(void) {
    stream_stop();
    settings_reset();
    if (ads_health()->fault == ADS_OK) {
        see_it_convert();
    }
    text_say(HAL_TEXT("OpenBCI V3 8-16 channel\nOn Board ADS1299 Device ID: 0x"));
    text_hex(ads_written(ADS_ID));
    if (ads_health()->fault != ADS_OK) {
        text_say(HAL_TEXT("\nFailure: "));
        supervisor_say_fault();
    }
    text_say(HAL_TEXT("\nTwitchScope ADS1299 board, last reset: "));
    supervisor_say_reset_cause();
    text_say(HAL_TEXT("\nFirmware: " WIRE_FIRMWARE_VERSION "\n"));
    text_end();
}

void supervisor_poll(uint32_t now_ms) {
    if (!stream_is_on()) {
        return;
    }
    if (stream_begun_ms() != watched_since_ms) {
        watched_since_ms = last_change_ms = stream_begun_ms();
        last_conversions = 0;
    }
    stream_counts_t counts = stream_counts();
    if (counts.conversions != last_conversions) {
        last_conversions = counts.conversions;
        last_change_ms = now_ms;
    }
    if (counts.faults_in_row >= MAX_FAULTS_IN_ROW) {
        ads_tell_fault(ADS_BAD_STATUS);
    } else if (now_ms - last_change_ms >= SILENCE_MS) {
        ads_tell_fault(ADS_NO_DRDY);
    } else {
        return;
    }
    stream_stop();
    text_say(HAL_TEXT("Failure: "));
    supervisor_say_fault();
    text_end();
}
