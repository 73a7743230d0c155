/* Pseudo-terminal under a given name. */
#ifndef PTY_H
#define PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Open it and link it at `link`; on failure print one sentence and return false. */
bool pty_open(const char *link);
void pty_close(void);

/* Read at most n_bytes written by the client; returns their number, 0 when there are none. */
size_t pty_read(uint8_t *bytes, size_t n_bytes);

/* Send bytes to the client; returns the number accepted, which is limited when the client does not read. */
size_t pty_write(const uint8_t *bytes, size_t n_bytes);

/* Number of sent bytes that the client has not read yet. */
size_t pty_unread(void);

/* Baud rate set by the client; 0 for one that no board supports. */
uint32_t pty_baud(void);

#endif
