#ifndef HAL_PORT_H
#define HAL_PORT_H
#include <avr/pgmspace.h>
#define HAL_TEXT(s) PSTR(s)
#define HAL_TEXT_BYTE(p) ((char)pgm_read_byte(p))
#endif
