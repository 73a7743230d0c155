/* Unit tests of the portable code on the host port. Time passes only when a test says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ads1299.h"
#include "events.h"
#include "host.h"
#include "packet.h"
#include "stream.h"

#define ANSWER_BYTES 8192

static char answer[ANSWER_BYTES + 1];

static size_t listen_for(uint32_t time_ms) {
    host_run_ms(time_ms);
    size_t n = host_take((uint8_t *)answer, ANSWER_BYTES);
    answer[n] = '\0';
    return n;
}

static const char *ask(const char *command) {
    host_send((const uint8_t *)command, strlen(command));
    (void)listen_for(50);
    return answer;
}

static int power_on(void **state) {
    (void)state;
    static uint8_t rest[1 << 16];
    host_begin(1);
    host_run_ms(50);
    while (host_take(rest, sizeof rest) > 0) {
    }
    return 0;
}

static int set_right_again(void **state) {
    (void)state;
    memset(&host_ads.faults, 0, sizeof host_ads.faults);
    host_block_uart(false);
    host_set_pins(0);
    (void)ask("s");
    host_run_ms(1100);
    (void)ask("~6");
    (void)ask("/0");
    (void)ask(">");
    for (char channel = '1'; channel <= '8'; channel++) {
        const char command[] = {'n', channel, '0', '\0'};
        (void)ask(command);
    }
    const uint8_t slow[] = {0xF0, 0x05};
    host_send(slow, sizeof slow);
    host_run_ms(50);
    return 0;
}

static void check_replies(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"V", "v3.1.2-ts1$$$"},
        {"D", "060110$$$"},
        {"~~", "Success: Sample rate is 250Hz$$$"},
        {"~4", "Success: Sample rate is 1000Hz$$$"},
        {"~9", "Failure: sample value out of bounds$$$"},
        {"~q", "Failure: invalid sample value$$$"},
        {"//", "Success: default$$$"},
        {"/3", "Success: digital$$$"},
        {"/4", "Success: marker$$$"},
        {"/2", "Failure: board mode value out of bounds.$$$"},
        {"/z", "Failure: invalid board mode value.$$$"},
        {"<", "Time stamp ON$$$"},
        {">", "Time stamp OFF$$$"},
        {"x1050100X", "Success: Channel set for 1$$$"},
        {"x105010X", "Failure: too few chars$$$"},
        {"x1050100Y", "Failure: Err: 9th char not X$$$"},
        {"z311Z", "Success: Lead off set for 3$$$"},
        {"z3111", "Failure: Err: 5th char not Z$$$"},
        {"z31Z", "Failure: too few chars$$$"},
        {"-", "Success: Configured internal test signal.$$$"},
        {"0", "Success: Configured internal test signal.$$$"},
        {"d", "updating channel settings to default$$$"},
        {"C", "no daisy to attach!8$$$"},
        {"c", ""},
        {"\xF0\x07", "Success: System is Up$$$"},
        {"1", ""},
        {"!", ""},
        {"~6", "Success: Sample rate is 250Hz$$$"},
        {"bs", ""},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_string_equal(ask(pairs[i][0]), pairs[i][1]);
    }
}

static void check_half_commands_time_out(void **state) {
    (void)state;
    assert_string_equal(ask("x105"), "");
    (void)listen_for(1000);
    assert_string_equal(answer, "Timeout processing multi byte message - please send all commands at once as of v2$$$");
    assert_string_equal(ask("V"), "v3.1.2-ts1$$$");
    assert_string_equal(ask("\xF0"), "");
    assert_int_equal(listen_for(1100), 0);
    assert_string_equal(ask("V"), "v3.1.2-ts1$$$");
}

static void check_gains_outlive_the_rate(void **state) {
    (void)state;
    (void)ask("x2050100X");
    (void)ask("~3");
    assert_int_equal(ads_read(ADS_CH1SET + 1), 0x50);
    assert_int_equal(ads_read(ADS_CONFIG1), 0x93);
    (void)ask("v");
    (void)listen_for(1000);
    assert_int_equal(ads_read(ADS_CH1SET + 1), 0x68);
    assert_int_equal(ads_read(ADS_CONFIG1), 0x93);
}

static void check_needle_refuses_currents(void **state) {
    (void)state;
    assert_string_equal(ask("n31"), "Success: Needle on 3$$$");
    assert_int_equal(ads_read(ADS_BIAS_SENSP), 0xFB);
    assert_string_equal(ask("z310Z"), "Failure: a needle is on channel 3$$$");
    assert_string_equal(ask("x3060110X"), "Failure: a needle is on channel 3$$$");
    assert_string_equal(ask("="), "Failure: a needle is on channel 3$$$");
    assert_int_equal(ads_read(ADS_LOFF_SENSP), 0);
    (void)ask("d");
    assert_int_equal(ads_read(ADS_BIAS_SENSN), 0xFB);
    (void)ask("v");
    (void)listen_for(1000);
    assert_int_equal(ads_read(ADS_BIAS_SENSP), 0xFB);
    assert_string_equal(ask("x3050010X"), "Success: Channel set for 3$$$");
    assert_string_equal(ask("n30"), "Success: No needle on 3$$$");
    assert_string_equal(ask("z310Z"), "Success: Lead off set for 3$$$");
}

static void check_a_rate_too_high_for_the_line_is_refused(void **state) {
    (void)state;
    static const uint8_t fast[] = {0xF0, 0x0A};
    (void)ask("~3");
    assert_non_null(strstr(ask("b"), "Failure: 2000 Hz do not fit through 115200 baud"));
    host_send(fast, sizeof fast);
    (void)listen_for(50);
    assert_string_equal(answer, "Success: Switch your baud rate to 921600$$$");
    assert_int_equal(host_baud(), 921600);
    host_send((const uint8_t *)"b", 1);
    size_t n = listen_for(100);
    assert_in_range(n, 190 * WIRE_PACKET_BYTES, 200 * WIRE_PACKET_BYTES);
    assert_int_equal(stream_counts().overruns, 0);
}

static void check_packets(void **state) {
    (void)state;
    host_send((const uint8_t *)"b", 1);
    size_t n = listen_for(500) / WIRE_PACKET_BYTES;
    assert_in_range(n, 118, 122);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *packet = (const uint8_t *)answer + i * WIRE_PACKET_BYTES;
        assert_int_equal(packet[0], WIRE_HEAD);
        assert_int_equal(packet[WIRE_COUNTER_OFFSET], i);
        assert_int_equal(packet[WIRE_TAIL_OFFSET], WIRE_TAIL_ACCEL);
    }
}

static void check_dropped_packets_leave_gaps(void **state) {
    (void)state;
    host_send((const uint8_t *)"b", 1);
    (void)listen_for(100);
    host_block_uart(true);
    (void)listen_for(200);
    host_block_uart(false);
    size_t n = listen_for(200) / WIRE_PACKET_BYTES;
    uint8_t last = (uint8_t)answer[(n - 1) * WIRE_PACKET_BYTES + WIRE_COUNTER_OFFSET];
    uint8_t first = (uint8_t)answer[WIRE_COUNTER_OFFSET];
    assert_int_equal((uint8_t)(last - first + 1) - (int)n, stream_counts().dropped);
    assert_in_range(stream_counts().dropped, 30, 50);
}

static void check_a_bad_status_is_counted(void **state) {
    (void)state;
    host_ads.faults.bit_error_in = 50;
    host_send((const uint8_t *)"b", 1);
    (void)listen_for(2000);
    assert_true(stream_is_on());
    assert_in_range(stream_counts().spi_faults, 1, 20);
}

static void check_a_dead_converter_is_told(void **state) {
    (void)state;
    host_send((const uint8_t *)"b", 1);
    (void)listen_for(100);
    host_ads.faults.drdy_stuck = true;
    (void)listen_for(400);
    assert_non_null(strstr(answer, "Failure: ADS1299 gives no DRDY: check the DRDY wire and the clock$$$"));
    assert_false(stream_is_on());
    (void)ask("v");
    (void)listen_for(1000);
    assert_non_null(strstr(answer, "Failure: ADS1299 gives no DRDY"));
    host_ads.faults.drdy_stuck = false;
    host_ads.faults.miso_stuck = true;
    (void)ask("v");
    (void)listen_for(1000);
    assert_non_null(strstr(answer, "ID register reads 0x00, want 0x3E: check power and MISO"));
    assert_true(strlen(answer) <= 500); /* BrainFlow reads no more */
    host_ads.faults.miso_stuck = false;
    (void)ask("v");
    (void)listen_for(1000);
    assert_null(strstr(answer, "Failure"));
}

static void check_miso_that_dies_in_mid_stream_is_told(void **state) {
    (void)state;
    host_send((const uint8_t *)"b", 1);
    (void)listen_for(100);
    host_ads.faults.miso_stuck = true;
    (void)listen_for(1000);
    assert_non_null(strstr(answer, "Failure: ADS1299 frames have no status 0xC: check MISO and supply$$$"));
}

static void check_the_watchdog_is_fed(void **state) {
    (void)state;
    assert_in_range(host_longest_unfed_ms(), 0, 500); /* it bites after 2 s */
}

static void check_reset_causes(void **state) {
    (void)state;
    host_set_reset_cause(HAL_RESET_BROWN_OUT);
    (void)ask("v");
    (void)listen_for(1000);
    assert_non_null(strstr(answer, "last reset: brown-out: check the battery\n"));
    host_set_reset_cause(HAL_RESET_POWER_ON);
}

static void check_event_edges(void **state) {
    (void)state;
    events_start(0, 5);
    assert_int_equal(events_sample(1), 1); /* at once */
    assert_int_equal(events_sample(0), 1); /* bounces */
    assert_int_equal(events_sample(2), 3); /* the other pin is on its own */
    for (int i = 0; i < 3; i++) {
        assert_int_equal(events_sample(0), 3);
    }
    assert_int_equal(events_sample(0), 2);
}

static void check_event_pin_in_the_packet(void **state) {
    (void)state;
    (void)ask("/3");
    host_send((const uint8_t *)"b", 1);
    (void)listen_for(100);
    uint32_t before = stream_counts().conversions;
    host_set_pins(1);
    size_t n = listen_for(100) / WIRE_PACKET_BYTES;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *packet = (const uint8_t *)answer + i * WIRE_PACKET_BYTES;
        assert_int_equal(packet[WIRE_TAIL_OFFSET], WIRE_TAIL_RAW_AUX);
        assert_int_equal(packet[WIRE_AUX_OFFSET], (int8_t)(packet[WIRE_COUNTER_OFFSET] - (uint8_t)before) >= 0);
    }
}

static void check_every_byte_at_every_state(void **state) {
    (void)state;
    static const char *const before[] = {"", "b", "x1", "x105010", "z1", "~", "/", "n", "\xF0", "`"};
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            const uint8_t sent = (uint8_t)byte;
            host_send((const uint8_t *)before[i], strlen(before[i]));
            host_send(&sent, 1);
            host_run_ms(sent == 'v' || sent == '?' ? 500 : 3);
            host_send((const uint8_t *)"s~~~", 4); /* ends whatever is half done */
            host_run_ms(20);
        }
        host_run_ms(1100);
        while (host_take((uint8_t *)answer, ANSWER_BYTES) > 0) {
        }
        (void)ask("v");
        (void)listen_for(1000);
        assert_non_null(strstr(answer, "On Board ADS1299 Device ID: 0x3E"));
    }
}

static void check_floods(void **state) {
    (void)state;
    uint8_t bytes[200];
    srand(7);
    for (int round = 0; round < 100; round++) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            bytes[i] = (uint8_t)rand();
        }
        host_send(bytes, sizeof bytes);
        host_run_ms(30);
        while (host_take((uint8_t *)answer, ANSWER_BYTES) > 0) {
        }
    }
    host_run_ms(2000);
    (void)ask("s");
    host_run_ms(1100);
    while (host_take((uint8_t *)answer, ANSWER_BYTES) > 0) {
    }
    (void)ask("v");
    (void)listen_for(1000);
    assert_non_null(strstr(answer, "On Board ADS1299 Device ID: 0x3E"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, power_on, set_right_again)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(check_replies),
        TEST(check_half_commands_time_out),
        TEST(check_gains_outlive_the_rate),
        TEST(check_needle_refuses_currents),
        TEST(check_a_rate_too_high_for_the_line_is_refused),
        TEST(check_packets),
        TEST(check_dropped_packets_leave_gaps),
        TEST(check_a_bad_status_is_counted),
        TEST(check_a_dead_converter_is_told),
        TEST(check_miso_that_dies_in_mid_stream_is_told),
        TEST(check_reset_causes),
        TEST(check_event_edges),
        TEST(check_event_pin_in_the_packet),
        TEST(check_every_byte_at_every_state),
        TEST(check_floods),
        TEST(check_the_watchdog_is_fed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
