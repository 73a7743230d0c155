/* A pseudo-terminal under a name of one's own. */
#ifndef PTY_H
#define PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Open it and link it at `link`; on failure print one sentence and return false. */
bool pty_open(const char *link);
void pty_close(void);

/* What the client has written, at most n_bytes; 0 when there is nothing. */
size_t pty_read(uint8_t *bytes, size_t n_bytes);

/* Hand bytes to the client; returns how many were taken: it may not read. */
size_t pty_write(const uint8_t *bytes, size_t n_bytes);

/* How many of them the client has not read yet. */
size_t pty_unread(void);

/* Baud rate that the client has set; 0 for one that no board has. */
uint32_t pty_baud(void);

#endif
