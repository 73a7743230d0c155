#include "rig.h"

char rig_answer[RIG_ANSWER_BYTES + 1];

size_t rig_listen(uint32_t time_ms) {
    host_run_ms(time_ms);
    size_t n = host_take((uint8_t *)rig_answer, RIG_ANSWER_BYTES);
    rig_answer[n] = '\0';
    return n;
}

const char *rig_ask(const char *command) {
    host_send((const uint8_t *)command, strlen(command));
    (void)rig_listen(50);
    return rig_answer;
}

int rig_power_on(void **state) {
    (void)state;
    static uint8_t rest[1 << 16];
    host_begin(1);
    host_run_ms(50);
    while (host_take(rest, sizeof rest) > 0) {
    }
    return 0;
}

int rig_set_right_again(void **state) {
    (void)state;
    memset(&host_ads.faults, 0, sizeof host_ads.faults);
    host_block_uart(false);
    host_set_pins(0);
    (void)rig_ask("s");
    host_run_ms(1100);
    (void)rig_ask("~6");
    (void)rig_ask("/0");
    (void)rig_ask(">");
    for (char channel = '1'; channel <= '8'; channel++) {
        const char command[] = {'n', channel, '0', '\0'};
        (void)rig_ask(command);
    }
    const uint8_t slow[] = {0xF0, 0x05};
    host_send(slow, sizeof slow);
    host_run_ms(50);
    return 0;
}
