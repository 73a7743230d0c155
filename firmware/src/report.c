#include "report.h"

#include "ads1299.h"
#include "hal.h"
#include "settings.h"
#include "stream.h"
#include "supervisor.h"
#include "text.h"

static void say_counter(const char *name, uint32_t value) {
    text_say(name);
    text_number(value);
    text_char('\n');
}

static const char *name_of(uint8_t address) {
    switch (address) {
#define REPORT_NAME(name, number) \
    case number: \
        return HAL_TEXT(#name);
        REGISTERS(REPORT_NAME)
#undef REPORT_NAME
    default:
        return HAL_TEXT("?");
    }
}

static void say_register(uint8_t address) {
    text_say(name_of(address));
    text_say(HAL_TEXT(", "));
    text_hex(address);
    text_say(HAL_TEXT(", "));
    uint8_t value = ads_read(address);
    text_hex(value);
    for (uint8_t bit = 0x80; bit != 0; bit >>= 1) {
        text_say((value & bit) != 0 ? HAL_TEXT(", 1") : HAL_TEXT(", 0"));
    }
    text_char('\n');
}

static void say_board(void) {
    text_say(HAL_TEXT("\nBoard\nlast reset: "));
    supervisor_say_reset_cause();
    text_say(HAL_TEXT("\nconverter: "));
    if (ads_health()->fault == ADS_OK) {
        text_say(HAL_TEXT("no fault"));
    }
    supervisor_say_fault();
    text_say(HAL_TEXT("\nneedles:"));
    for (uint8_t channel = 0; channel < ADS_N_CHANNELS; channel++) {
        if ((settings_needles() & (1U << channel)) != 0) {
            text_char(' ');
            text_number(channel + 1U);
        }
    }
    text_say(settings_needles() == 0 ? HAL_TEXT(" none\n") : HAL_TEXT("\n"));
}

void report_say(void) {
    if (stream_is_on()) {
        return;
    }
    text_say(HAL_TEXT("\nBoard ADS Registers\n"));
    for (uint8_t address = 0; address < ADS_N_REGISTERS; address++) {
        say_register(address);
    }
    say_board();
    stream_counts_t counts = stream_counts();
    text_say(HAL_TEXT("\nLast stream\n"));
    say_counter(HAL_TEXT("conversions "), counts.conversions);
    say_counter(HAL_TEXT("overruns "), counts.overruns);
    say_counter(HAL_TEXT("SPI faults "), counts.spi_faults);
    say_counter(HAL_TEXT("dropped packets "), counts.dropped);
    text_end();
}
