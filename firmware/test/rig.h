/* Board of the host port for unit tests. Time passes only on request. */
#ifndef RIG_H
#define RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host.h"

#define RIG_ANSWER_BYTES 8192

/* Last output of the board, terminated by a zero. */
extern char rig_answer[RIG_ANSWER_BYTES + 1];

/* Run for time_ms and keep the board's output; returns its number of bytes. */
size_t rig_listen(uint32_t time_ms);

/* Send a command and return the board's output within 50 ms. */
const char *rig_ask(const char *command);

/* Run before and after a test: switch the board on; restore no fault, no needle, 250 samples/s, 115200 baud. */
int rig_power_on(void **state);
int rig_set_right_again(void **state);

#define RIG_TEST(function) cmocka_unit_test_setup_teardown(function, rig_power_on, rig_set_right_again)

#endif
