/* Unit tests of every command on the host port: its reply, and its effect on the converter or the stream. */
#include "ads1299.h"
#include "packet.h"
#include "rig.h"
#include "stream.h"

static void check_replies(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"V", "v3.1.2-ts2$$$"},
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
        {"x9050100X", "Failure: no such channel$$$"},
        {"x1050100Y", "Failure: Err: 9th char not X$$$"},
        {"z311Z", "Success: Lead off set for 3$$$"},
        {"z3111", "Failure: Err: 5th char not Z$$$"},
        {"z31Z", "Failure: too few chars$$$"},
        {"-", "Success: Configured internal test signal.$$$"},
        {"=", "Success: Configured internal test signal.$$$"},
        {"[", "Success: Configured internal test signal.$$$"},
        {"]", "Success: Configured internal test signal.$$$"},
        {"p", "Success: Configured internal test signal.$$$"},
        {"0", "Success: Configured internal test signal.$$$"},
        {"d", "updating channel settings to default$$$"},
        {"n90", "Failure: no such channel$$$"},
        {"z911Z", "Failure: no such channel$$$"},
        {"C", "no daisy to attach!8$$$"},
        {"c", ""},
        {"\xF0\x07", "Success: System is Up$$$"},
        {"1", ""},
        {"!", ""},
        {"~6", "Success: Sample rate is 250Hz$$$"},
        {"o", "Failure: no stream, whose samples could tell of a pulse$$$"},
        {"bs", ""},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_string_equal(rig_ask(pairs[i][0]), pairs[i][1]);
    }
}

static void check_half_commands_time_out(void **state) {
    (void)state;
    assert_string_equal(rig_ask("x105"), "");
    (void)rig_listen(1000);
    assert_string_equal(rig_answer, "Timeout processing multi byte message - please send all commands at once as of v2$$$");
    assert_string_equal(rig_ask("V"), "v3.1.2-ts2$$$");
    assert_string_equal(rig_ask("\xF0"), "");
    assert_int_equal(rig_listen(1100), 0);
    assert_string_equal(rig_ask("V"), "v3.1.2-ts2$$$");
}

static void check_gains_outlive_the_rate(void **state) {
    (void)state;
    (void)rig_ask("x2050100X");
    (void)rig_ask("~3");
    assert_int_equal(ads_read(ADS_CH1SET + 1), 0x50);
    assert_int_equal(ads_read(ADS_CONFIG1), 0x93);
    (void)rig_ask("v");
    (void)rig_listen(1000);
    assert_int_equal(ads_read(ADS_CH1SET + 1), 0x68);
    assert_int_equal(ads_read(ADS_CONFIG1), 0x93);
}

static void check_needle_refuses_currents(void **state) {
    (void)state;
    assert_string_equal(rig_ask("n31"), "Success: Needle on 3$$$");
    assert_int_equal(ads_read(ADS_BIAS_SENSP), 0xFB);
    assert_string_equal(rig_ask("z310Z"), "Failure: a needle is on channel 3$$$");
    assert_string_equal(rig_ask("x3060110X"), "Failure: a needle is on channel 3$$$");
    assert_string_equal(rig_ask("="), "Failure: a needle is on channel 3$$$");
    assert_int_equal(ads_read(ADS_LOFF_SENSP), 0);
    (void)rig_ask("d");
    assert_int_equal(ads_read(ADS_BIAS_SENSN), 0xFB);
    (void)rig_ask("v");
    (void)rig_listen(1000);
    assert_int_equal(ads_read(ADS_BIAS_SENSP), 0xFB);
    assert_string_equal(rig_ask("x3050000X"), "Success: Channel set for 3$$$");
    assert_string_equal(rig_ask("n30"), "Success: No needle on 3$$$");
    assert_string_equal(rig_ask("z310Z"), "Success: Lead off set for 3$$$");
}

static void check_a_rate_too_high_for_the_line_is_refused(void **state) {
    (void)state;
    static const uint8_t fast[] = {0xF0, 0x0A};
    (void)rig_ask("~3");
    assert_non_null(strstr(rig_ask("b"), "Failure: 2000 Hz do not fit through 115200 baud"));
    host_send(fast, sizeof fast);
    (void)rig_listen(50);
    assert_string_equal(rig_answer, "Success: Switch your baud rate to 921600$$$");
    assert_int_equal(host_baud(), 921600);
    host_send((const uint8_t *)"b", 1);
    size_t n = rig_listen(100);
    assert_in_range(n, 190 * WIRE_PACKET_BYTES, 200 * WIRE_PACKET_BYTES);
    assert_int_equal(stream_counts().overruns, 0);
}

/* There are no replies during a stream: a refused command leaves the stream unchanged. */
static void check_a_stream_gets_no_rate_too_high_for_the_line(void **state) {
    (void)state;
    host_send((const uint8_t *)"b", 1);
    (void)rig_listen(100);
    host_send((const uint8_t *)"~3", 2);
    assert_in_range(rig_listen(100), 24 * WIRE_PACKET_BYTES, 26 * WIRE_PACKET_BYTES);
    assert_int_equal(stream_counts().overruns, 0);
    (void)rig_ask("s");
    assert_string_equal(rig_ask("~~"), "Success: Sample rate is 250Hz$$$");
}

/* A register written while conversions run would be corrupt; after a pause the counter starts again. */
static void check_a_setting_stops_the_conversions_and_a_refused_one_does_not(void **state) {
    (void)state;
    static const char *const set[] = {"x1050100X", "z211Z", "1", "!", "0", "-", "d", "~6", "n31"};
    static const char *const refused[] = {"x3050110X", "z310Z", "=", "x9050100X"};
    host_send((const uint8_t *)"b", 1);
    for (size_t i = 0; i < sizeof set / sizeof set[0]; i++) {
        (void)rig_listen(200);
        assert_true(stream_counts().conversions > 40);
        (void)rig_ask(set[i]);
        assert_true(stream_counts().conversions < 14);
        assert_int_equal(ads_health()->fault, ADS_OK);
    }
    (void)rig_ask("s");
    assert_int_equal(ads_read(ADS_BIAS_SENSP), 0xFB);
    host_send((const uint8_t *)"b", 1);
    (void)rig_listen(200);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        uint32_t before = stream_counts().conversions;
        (void)rig_ask(refused[i]);
        assert_in_range(stream_counts().conversions, before + 11, before + 14);
    }
}

static void check_a_stream_gets_a_rate_that_the_line_carries(void **state) {
    (void)state;
    (void)rig_ask("\xF0\x0A");
    host_send((const uint8_t *)"b", 1);
    (void)rig_listen(100);
    host_send((const uint8_t *)"~3", 2);
    (void)rig_listen(50);
    assert_in_range(rig_listen(100), 199 * WIRE_PACKET_BYTES, 201 * WIRE_PACKET_BYTES);
    assert_int_equal(stream_counts().overruns, 0);
}

/* A client that supports only 115200 baud, like BrainFlow, finds a board that streams to it. */
static void check_a_lower_baud_rate_lowers_the_sampling_rate(void **state) {
    (void)state;
    (void)rig_ask("\xF0\x0A");
    (void)rig_ask("~3");
    (void)rig_ask("\xF0\x06");
    assert_string_equal(rig_ask("~~"), "Success: Sample rate is 500Hz$$$");
    assert_string_equal(rig_ask("\xF0\x05"), "Success: Switch your baud rate to 115200$$$");
    assert_string_equal(rig_ask("~~"), "Success: Sample rate is 250Hz$$$");
    (void)rig_ask("\xF0\x0A");
    assert_string_equal(rig_ask("~~"), "Success: Sample rate is 250Hz$$$");
    host_send((const uint8_t *)"b", 1);
    size_t n = rig_listen(100);
    assert_in_range(n, 20 * WIRE_PACKET_BYTES, 24 * WIRE_PACKET_BYTES); /* the first four settle */
}

/* 6 nA on a neighbour must have no path into the needle: SRB2 joins P inputs, SRB1 joins N inputs. */
static void check_a_needle_is_joined_with_nothing(void **state) {
    (void)state;
    (void)rig_ask("x1050001X");
    assert_int_equal(ads_read(ADS_MISC1), 0x20);
    (void)rig_ask("n31");
    assert_int_equal(ads_read(ADS_MISC1), 0);
    assert_int_equal(ads_read(ADS_CH1SET + 2), 0x60);
    assert_int_equal(ads_read(ADS_CH1SET + 1), 0x68);
    assert_string_equal(rig_ask("x3050010X"), "Failure: a needle is on channel 3$$$");
    assert_string_equal(rig_ask("x1050001X"), "Failure: a needle is on channel 3$$$");
    assert_string_equal(rig_ask("x1050010X"), "Success: Channel set for 1$$$");
    (void)rig_ask("d");
    assert_int_equal(ads_read(ADS_CH1SET + 2), 0x60);
    (void)rig_ask("v");
    (void)rig_listen(1000);
    assert_int_equal(ads_read(ADS_CH1SET + 2), 0x60);
    assert_int_equal(ads_read(ADS_CH1SET + 1), 0x68);
}

static void check_a_needle_ends_what_flows(void **state) {
    (void)state;
    (void)rig_ask("z411Z");
    (void)rig_ask("=");
    assert_int_equal(ads_read(ADS_LOFF_SENSN), 0x08);
    (void)rig_ask("n41");
    assert_int_equal(ads_read(ADS_LOFF_SENSP), 0);
    assert_int_equal(ads_read(ADS_LOFF_SENSN), 0);
    assert_int_equal(ads_read(ADS_CH1SET + 3) & 7, 0);
    assert_int_equal(ads_read(ADS_CH1SET + 4) & 7, 5);
}

static void check_channels_off_and_on(void **state) {
    (void)state;
    static const char off[] = "12345678", on[] = "!@#$%^&*";
    for (uint8_t channel = 0; channel < ADS_N_CHANNELS; channel++) {
        const uint8_t address = (uint8_t)(ADS_CH1SET + channel);
        const char commands[2][2] = {{off[channel], '\0'}, {on[channel], '\0'}};
        (void)rig_ask(commands[0]);
        assert_int_equal(ads_read(address), 0xE8);
        (void)rig_ask(commands[1]);
        assert_int_equal(ads_read(address), 0x68);
    }
}

static void check_channel_fields_reach_their_registers(void **state) {
    (void)state;
    (void)rig_ask("x8132011X");
    assert_int_equal(ads_read(ADS_CH1SET + 7), 0x80 | 0x30 | 0x08 | 0x02);
    assert_int_equal(ads_read(ADS_BIAS_SENSP), 0x7F);
    assert_int_equal(ads_read(ADS_BIAS_SENSN), 0x7F);
    assert_int_equal(ads_read(ADS_MISC1), 0x20);
    (void)rig_ask("x8090100X"); /* invalid gain: the Cyton uses 24 */
    assert_int_equal(ads_read(ADS_CH1SET + 7), 0x60);
    assert_int_equal(ads_read(ADS_MISC1), 0);
    (void)rig_ask("z801Z");
    assert_int_equal(ads_read(ADS_LOFF_SENSP), 0);
    assert_int_equal(ads_read(ADS_LOFF_SENSN), 0x80);
    (void)rig_ask("d");
    assert_int_equal(ads_read(ADS_LOFF_SENSN), 0);
    assert_int_equal(ads_read(ADS_CH1SET + 7), 0x68);
}

static void check_internal_signals(void **state) {
    (void)state;
    static const char commands[] = "-=[]p";
    static const uint8_t config2[] = {0xD0, 0xD1, 0xD4, 0xD5, 0xD7};
    for (size_t i = 0; i < sizeof config2; i++) {
        const char command[2] = {commands[i], '\0'};
        (void)rig_ask(command);
        assert_int_equal(ads_read(ADS_CONFIG2), config2[i]);
        assert_int_equal(ads_read(ADS_CH1SET), 0x6D);
    }
    (void)rig_ask("0");
    assert_int_equal(ads_read(ADS_CH1SET + 7), 0x69);
}

static void check_every_baud_rate(void **state) {
    (void)state;
    static const struct {
        const char *command;
        uint32_t baud;
    } steps[] = {{"\xF0\x06", 230400}, {"\xF0\x0A", 921600}, {"\xF0\x05", 115200}, {"\xF0\x09", 115200}};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        (void)rig_ask(steps[i].command);
        assert_int_equal(host_baud(), steps[i].baud);
    }
    assert_string_equal(rig_answer, "");
    (void)rig_ask("b\xF0\x0A");
    assert_int_equal(host_baud(), 115200); /* not while streaming */
}

static const uint8_t *packet_at(size_t i) { return (const uint8_t *)rig_answer + i * WIRE_PACKET_BYTES; }

static void check_time_stamps_in_the_packets(void **state) {
    (void)state;
    (void)rig_ask("<");
    host_send((const uint8_t *)"b", 1);
    size_t n = rig_listen(200) / WIRE_PACKET_BYTES;
    assert_in_range(n, 40, 50);
    uint32_t before_ms = 0;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *time = packet_at(i) + WIRE_AUX_OFFSET + 2;
        uint32_t now_ms = (uint32_t)time[0] << 24 | (uint32_t)time[1] << 16 | (uint32_t)time[2] << 8 | time[3];
        assert_int_equal(packet_at(i)[WIRE_TAIL_OFFSET], i == 0 ? WIRE_TAIL_TIME_SET_ACCEL : WIRE_TAIL_TIME_ACCEL);
        assert_true(i == 0 || (now_ms - before_ms >= 3 && now_ms - before_ms <= 5)); /* 4 ms, in whole ms */
        before_ms = now_ms;
    }
    (void)rig_ask("s");
    (void)rig_ask("/3");
    (void)rig_ask("<");
    host_send((const uint8_t *)"b", 1);
    assert_true(rig_listen(100) > 2 * WIRE_PACKET_BYTES);
    assert_int_equal(packet_at(0)[WIRE_TAIL_OFFSET], WIRE_TAIL_TIME_SET_RAW_AUX);
    assert_int_equal(packet_at(1)[WIRE_TAIL_OFFSET], WIRE_TAIL_TIME_RAW_AUX);
}

static void check_a_marker_stands_in_one_packet(void **state) {
    (void)state;
    (void)rig_ask("/4");
    host_send((const uint8_t *)"b`A", 3);
    size_t n = rig_listen(200) / WIRE_PACKET_BYTES;
    unsigned n_marked = 0;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *aux = packet_at(i) + WIRE_AUX_OFFSET;
        assert_true(aux[0] == 0 && (aux[1] == 0 || aux[1] == 'A'));
        n_marked += aux[1] == 'A';
    }
    assert_int_equal(n_marked, 1);
}

static void check_the_report(void **state) {
    (void)state;
    (void)rig_ask("n21");
    (void)rig_ask("n71");
    (void)rig_ask("?");
    (void)rig_listen(200);
    (void)rig_ask("b");
    host_send((const uint8_t *)"s", 1);
    (void)rig_listen(50);
    host_send((const uint8_t *)"?", 1);
    (void)rig_listen(200);
    static const char *const lines[] = {
        "\nBoard ADS Registers\nID, 00, 3E, 0, 0, 1, 1, 1, 1, 1, 0\nCONFIG1, 01, 96, 1, 0, 0, 1, 0, 1, 1, 0\n",
        "\nCONFIG4, 17, 00, 0, 0, 0, 0, 0, 0, 0, 0\n",
        "\nBoard\nlast reset: power-on\nconverter: no fault\nneedles: 2 7\n",
        "\nLast stream\nconversions 9\noverruns 0\nSPI faults 0\ndropped packets 0\n$$$",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (strstr(rig_answer, lines[i]) == NULL) {
            fail_msg("no %s in %s", lines[i], rig_answer);
        }
    }
    (void)rig_ask("b");
    assert_int_equal(rig_listen(40) % WIRE_PACKET_BYTES, 0);
    (void)rig_ask("?");
    assert_null(strstr(rig_answer, "Registers"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(check_replies),
        RIG_TEST(check_half_commands_time_out),
        RIG_TEST(check_gains_outlive_the_rate),
        RIG_TEST(check_needle_refuses_currents),
        RIG_TEST(check_a_needle_is_joined_with_nothing),
        RIG_TEST(check_a_needle_ends_what_flows),
        RIG_TEST(check_a_rate_too_high_for_the_line_is_refused),
        RIG_TEST(check_a_stream_gets_no_rate_too_high_for_the_line),
        RIG_TEST(check_a_setting_stops_the_conversions_and_a_refused_one_does_not),
        RIG_TEST(check_a_stream_gets_a_rate_that_the_line_carries),
        RIG_TEST(check_channels_off_and_on),
        RIG_TEST(check_channel_fields_reach_their_registers),
        RIG_TEST(check_internal_signals),
        RIG_TEST(check_every_baud_rate),
        RIG_TEST(check_a_lower_baud_rate_lowers_the_sampling_rate),
        RIG_TEST(check_time_stamps_in_the_packets),
        RIG_TEST(check_a_marker_stands_in_one_packet),
        RIG_TEST(check_the_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
