/* Unit tests of the stream, its faults and hostile input on the host port. */
#include "events.h"
#include "packet.h"
#include "rig.h"
#include "stream.h"

static void check_packets(void **state) {
    (void)state;
    host_send((const uint8_t *)"b", 1);
    size_t n = rig_listen(500) / WIRE_PACKET_BYTES;
    assert_in_range(n, 118, 122);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *packet = (const uint8_t *)rig_answer + i * WIRE_PACKET_BYTES;
        assert_int_equal(packet[0], WIRE_HEAD);
        assert_int_equal(packet[WIRE_COUNTER_OFFSET], i);
        assert_int_equal(packet[WIRE_TAIL_OFFSET], WIRE_TAIL_ACCEL);
    }
}

static void check_dropped_packets_leave_gaps(void **state) {
    (void)state;
    host_send((const uint8_t *)"b", 1);
    (void)rig_listen(100);
    host_block_uart(true);
    (void)rig_listen(200);
    host_block_uart(false);
    size_t n = rig_listen(200) / WIRE_PACKET_BYTES;
    uint8_t last = (uint8_t)rig_answer[(n - 1) * WIRE_PACKET_BYTES + WIRE_COUNTER_OFFSET];
    uint8_t first = (uint8_t)rig_answer[WIRE_COUNTER_OFFSET];
    assert_int_equal((uint8_t)(last - first + 1) - (int)n, stream_counts().dropped);
    assert_in_range(stream_counts().dropped, 30, 50);
}

static void check_a_bad_status_is_counted(void **state) {
    (void)state;
    host_ads.faults.bit_error_in = 50;
    host_send((const uint8_t *)"b", 1);
    (void)rig_listen(2000);
    assert_true(stream_is_on());
    assert_in_range(stream_counts().spi_faults, 1, 20);
}

/* Read so late that the next conversion ends in the middle of the frame: no complete frame of either is left. */
static void read_late(void) {
    while (!stream_has_work()) {
        hal_wait_us(10);
    }
    hal_wait_us(460); /* of 500 us; a frame takes 59 us */
    stream_service();
}

static void check_frames_of_two_conversions_are_never_sent(void **state) {
    (void)state;
    (void)rig_ask("~3");
    (void)rig_ask("\xF0\x0A");
    (void)rig_ask("p");
    host_send((const uint8_t *)"b", 1);
    host_run_ms(10);
    for (int i = 0; i < 20; i++) {
        read_late();
        host_run_ms(2);
    }
    size_t n = rig_listen(10) / WIRE_PACKET_BYTES;
    stream_counts_t counts = stream_counts();
    assert_int_equal(counts.overruns, 2 * 20);
    assert_int_equal(counts.spi_faults, 0);
    assert_in_range(n, counts.conversions - 2 * 20 - 2, counts.conversions - 2 * 20);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *sample = (const uint8_t *)rig_answer + i * WIRE_PACKET_BYTES + WIRE_SAMPLES_OFFSET;
        assert_memory_equal(sample, "\x02\x8F", 2); /* 3.75 mV at gain 24: 0x028F5C */
    }
}

static void check_a_dead_converter_is_told(void **state) {
    (void)state;
    host_send((const uint8_t *)"b", 1);
    (void)rig_listen(100);
    host_ads.faults.drdy_stuck = true;
    (void)rig_listen(400);
    assert_non_null(strstr(rig_answer, "Failure: ADS1299 gives no DRDY: check the DRDY wire and the clock$$$"));
    assert_false(stream_is_on());
    (void)rig_ask("v");
    (void)rig_listen(1000);
    assert_non_null(strstr(rig_answer, "Failure: ADS1299 gives no DRDY"));
    host_ads.faults.drdy_stuck = false;
    host_ads.faults.miso_stuck = true;
    (void)rig_ask("v");
    (void)rig_listen(1000);
    assert_non_null(strstr(rig_answer, "ID register reads 0x00, want 0x3E: check power and MISO"));
    assert_true(strlen(rig_answer) <= 500); /* BrainFlow reads no more */
    host_ads.faults.miso_stuck = false;
    (void)rig_ask("v");
    (void)rig_listen(1000);
    assert_null(strstr(rig_answer, "Failure"));
}

static void check_miso_that_dies_in_mid_stream_is_told(void **state) {
    (void)state;
    host_send((const uint8_t *)"b", 1);
    (void)rig_listen(100);
    host_ads.faults.miso_stuck = true;
    (void)rig_listen(1000);
    assert_non_null(strstr(rig_answer, "Failure: ADS1299 frames have no status 0xC: check MISO and supply$$$"));
}

/* Wrong bits on the SPI while channel 1 is set. */
static void disturb_a_setting(void) {
    host_ads.faults.bit_error_in = 2;
    assert_non_null(strstr(rig_ask("x1050100X"), "Failure: ADS1299 register 0x"));
    host_ads.faults.bit_error_in = 0;
}

static void check_a_setting_that_was_set_again_is_no_fault(void **state) {
    (void)state;
    disturb_a_setting();
    assert_string_equal(rig_ask("x1050100X"), "Success: Channel set for 1$$$");
    host_send((const uint8_t *)"?", 1);
    (void)rig_listen(200);
    assert_non_null(strstr(rig_answer, "converter: no fault\n"));
}

static void check_the_end_of_a_stream_is_told_with_its_own_cause(void **state) {
    (void)state;
    disturb_a_setting();
    host_send((const uint8_t *)"b", 1);
    (void)rig_listen(100);
    host_ads.faults.drdy_stuck = true;
    (void)rig_listen(400);
    assert_non_null(strstr(rig_answer, "Failure: ADS1299 gives no DRDY: check the DRDY wire and the clock$$$"));
}

static void check_the_watchdog_is_fed(void **state) {
    (void)state;
    assert_in_range(host_longest_unfed_ms(), 0, 500); /* the watchdog resets after 2 s */
}

static void check_reset_causes(void **state) {
    (void)state;
    host_set_reset_cause(HAL_RESET_BROWN_OUT);
    (void)rig_ask("v");
    (void)rig_listen(1000);
    assert_non_null(strstr(rig_answer, "last reset: brown-out: check the battery\n"));
    host_set_reset_cause(HAL_RESET_NONE);
    host_ads.faults.miso_stuck = true;
    (void)rig_ask("v");
    (void)rig_listen(1000);
    assert_non_null(strstr(rig_answer, "last reset: none: the firmware went astray"));
    assert_true(strlen(rig_answer) <= 500); /* BrainFlow reads no more: the longest cause after a fault */
    host_set_reset_cause(HAL_RESET_POWER_ON);
}

static void check_event_edges(void **state) {
    (void)state;
    const uint16_t first = 65534; /* numbers wrap in this test */
    events_start(0, 5);
    assert_int_equal(events_age(0), EVENTS_LONG_AGO);
    assert_int_equal(events_sample(1, first), 1); /* at once */
    assert_int_equal(events_sample(0, (uint16_t)(first + 1)), 1); /* bounces */
    assert_int_equal(events_sample(2, (uint16_t)(first + 2)), 3); /* the other pin is independent */
    assert_int_equal(events_age(0), 2);
    assert_int_equal(events_age(1), 0);
    assert_int_equal(events_sample(0, (uint16_t)(first + 5)), 3); /* two were lost before */
    assert_int_equal(events_age(0), 5);
    assert_int_equal(events_sample(0, (uint16_t)(first + 6)), 2);
    assert_int_equal(events_age(0), 0);
    assert_int_equal(events_sample(0, (uint16_t)(first + 260)), 0);
    assert_int_equal(events_age(0), 254);
    assert_int_equal(events_sample(0, (uint16_t)(first + 261)), 0);
    assert_int_equal(events_age(0), EVENTS_LONG_AGO);
    assert_int_equal(events_sample(0, (uint16_t)(first + 6 + 3)), 0); /* a saturated age stays saturated */
    assert_int_equal(events_age(0), EVENTS_LONG_AGO);
}

static void check_event_pin_in_the_packet(void **state) {
    (void)state;
    (void)rig_ask("/3");
    host_send((const uint8_t *)"b", 1);
    (void)rig_listen(100);
    uint32_t before = stream_counts().conversions;
    host_set_pins(1);
    size_t n = rig_listen(100) / WIRE_PACKET_BYTES;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *packet = (const uint8_t *)rig_answer + i * WIRE_PACKET_BYTES;
        assert_int_equal(packet[WIRE_TAIL_OFFSET], WIRE_TAIL_RAW_AUX);
        int8_t since = (int8_t)(packet[WIRE_COUNTER_OFFSET] - (uint8_t)before);
        assert_int_equal(packet[WIRE_AUX_OFFSET], since >= 0);
        assert_int_equal(packet[WIRE_AUX_OFFSET + 2], since >= 0 ? since : EVENTS_LONG_AGO);
        assert_int_equal(packet[WIRE_AUX_OFFSET + 3], EVENTS_LONG_AGO);
    }
}

#define PULSE_CONVERSIONS 10 /* 40 ms */

/* Run until the sync output has the level, before conversion `end`; returns the counter of that conversion. */
static uint32_t await_sync_level(bool is_high, uint32_t end) {
    while (host_sync_is_high() != is_high) {
        assert_true(stream_counts().conversions < end);
        host_run_ms(1);
    }
    return stream_counts().conversions - 1;
}

static void check_sync_pulses_are_told_at_their_samples(void **state) {
    (void)state;
    (void)rig_ask("/3");
    host_send((const uint8_t *)"b", 1);
    host_run_ms(100);
    uint32_t asked = stream_counts().conversions;
    host_send((const uint8_t *)"o", 1);
    uint32_t edges[4] = {await_sync_level(true, 100)};
    host_send((const uint8_t *)"o", 1); /* waits until the first is over */
    for (int i = 1; i < 4; i++) {
        edges[i] = await_sync_level(i % 2 == 0, 100);
    }
    assert_in_range(edges[0], asked, asked + 1);
    for (int i = 1; i < 4; i++) {
        assert_int_equal(edges[i] - edges[i - 1], PULSE_CONVERSIONS);
    }
    size_t n = rig_listen(200) / WIRE_PACKET_BYTES;
    assert_in_range(n, edges[3] + 20, 250);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *aux = (const uint8_t *)rig_answer + i * WIRE_PACKET_BYTES + WIRE_AUX_OFFSET;
        int last = 3;
        while (last >= 0 && edges[last] > i) {
            last--;
        }
        assert_int_equal(aux[4], last >= 0 && last % 2 == 0);
        assert_int_equal(aux[5], last >= 0 ? (int)(i - edges[last]) : EVENTS_LONG_AGO);
    }
}

static void check_a_sync_pulse_ends_with_the_stream(void **state) {
    (void)state;
    host_send((const uint8_t *)"b", 1);
    host_run_ms(100);
    host_send((const uint8_t *)"o", 1);
    (void)await_sync_level(true, 100);
    (void)rig_ask("os");
    assert_false(host_sync_is_high());
    host_send((const uint8_t *)"b", 1);
    host_run_ms(200);
    assert_false(host_sync_is_high()); /* a request in the last stream gives no pulse in this one */
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
            host_send((const uint8_t *)"s~~~", 4); /* completes any incomplete command */
            host_run_ms(20);
        }
        host_run_ms(1100);
        while (host_take((uint8_t *)rig_answer, RIG_ANSWER_BYTES) > 0) {
        }
        (void)rig_ask("v");
        (void)rig_listen(1000);
        assert_non_null(strstr(rig_answer, "On Board ADS1299 Device ID: 0x3E"));
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
        while (host_take((uint8_t *)rig_answer, RIG_ANSWER_BYTES) > 0) {
        }
    }
    host_run_ms(2000);
    (void)rig_ask("s");
    host_run_ms(1100);
    while (host_take((uint8_t *)rig_answer, RIG_ANSWER_BYTES) > 0) {
    }
    (void)rig_ask("v");
    (void)rig_listen(1000);
    assert_non_null(strstr(rig_answer, "On Board ADS1299 Device ID: 0x3E"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(check_packets),
        RIG_TEST(check_dropped_packets_leave_gaps),
        RIG_TEST(check_a_bad_status_is_counted),
        RIG_TEST(check_frames_of_two_conversions_are_never_sent),
        RIG_TEST(check_a_dead_converter_is_told),
        RIG_TEST(check_miso_that_dies_in_mid_stream_is_told),
        RIG_TEST(check_a_setting_that_was_set_again_is_no_fault),
        RIG_TEST(check_the_end_of_a_stream_is_told_with_its_own_cause),
        RIG_TEST(check_reset_causes),
        RIG_TEST(check_event_edges),
        RIG_TEST(check_event_pin_in_the_packet),
        RIG_TEST(check_sync_pulses_are_told_at_their_samples),
        RIG_TEST(check_a_sync_pulse_ends_with_the_stream),
        RIG_TEST(check_every_byte_at_every_state),
        RIG_TEST(check_floods),
        RIG_TEST(check_the_watchdog_is_fed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
