/* The board of the host port as its unit tests use it. Time passes only when a test says so. */
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

/* What the board said last, ended by a zero. */
extern char rig_answer[RIG_ANSWER_BYTES + 1];

/* Let time pass and keep what the board says meanwhile; returns how many bytes. */
size_t rig_listen(uint32_t time_ms);

/* Send a command and return what the board says within 50 ms. */
const char *rig_ask(const char *command);

/* Before and after a test: a board that was just switched on; no fault, no needle, 250 samples/s, 115200 baud. */
int rig_power_on(void **state);
int rig_set_right_again(void **state);

#define RIG_TEST(function) cmocka_unit_test_setup_teardown(function, rig_power_on, rig_set_right_again)

#endif
