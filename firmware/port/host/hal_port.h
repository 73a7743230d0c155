#ifndef HAL_PORT_H
#define HAL_PORT_H
#define HAL_TEXT(s) (s)
#define HAL_TEXT_BYTE(p) (*(p))
#endif
