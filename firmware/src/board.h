/* The main loop's two halves, so that tests can turn it themselves. */
#ifndef BOARD_H
#define BOARD_H

void board_init(void);
void board_poll(void);

#endif
