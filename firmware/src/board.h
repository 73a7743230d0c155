/* The two parts of the main loop, so that tests can run it themselves. */
#ifndef BOARD_H
#define BOARD_H

void board_init(void);
void board_poll(void);

#endif
