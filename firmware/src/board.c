#include "board.h"

#include "command.h"
#include "hal.h"
#include "stream.h"
#include "supervisor.h"

static uint32_t looked_at_ms;

void board_init(void) {
    uint8_t byte;
    supervisor_reset();
    while (hal_uart_read(&byte)) {
        /* this banner answers commands that came meanwhile */
    }
}

void board_poll(void) {
    uint8_t byte;
    hal_feed_watchdog();
    if (stream_has_work()) {
        stream_service();
        return;
    }
    if (hal_uart_read(&byte)) {
        command_take(byte, hal_time_ms());
        return;
    }
    uint32_t now_ms = hal_time_ms();
    if (now_ms != looked_at_ms) {
        looked_at_ms = now_ms;
        command_expire(now_ms);
        supervisor_poll(now_ms);
    }
    hal_idle();
}
