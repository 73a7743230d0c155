/* Made by make_wire.py from registers.toml: change that. */
#ifndef REGISTERS_H
#define REGISTERS_H

/* X(name, address), by address */
#define REGISTERS(X) \
    X(ID, 0x00) \
    X(CONFIG1, 0x01) \
    X(CONFIG2, 0x02) \
    X(CONFIG3, 0x03) \
    X(LOFF, 0x04) \
    X(CH1SET, 0x05) \
    X(CH2SET, 0x06) \
    X(CH3SET, 0x07) \
    X(CH4SET, 0x08) \
    X(CH5SET, 0x09) \
    X(CH6SET, 0x0A) \
    X(CH7SET, 0x0B) \
    X(CH8SET, 0x0C) \
    X(BIAS_SENSP, 0x0D) \
    X(BIAS_SENSN, 0x0E) \
    X(LOFF_SENSP, 0x0F) \
    X(LOFF_SENSN, 0x10) \
    X(LOFF_FLIP, 0x11) \
    X(LOFF_STATP, 0x12) \
    X(LOFF_STATN, 0x13) \
    X(GPIO, 0x14) \
    X(MISC1, 0x15) \
    X(MISC2, 0x16) \
    X(CONFIG4, 0x17)

/* X(name, value), in the order in which they are written */
#define REGISTER_DEFAULTS(X) \
    X(CONFIG3, 0xEC) \
    X(CONFIG1, 0x90) \
    X(CONFIG2, 0xC0) \
    X(LOFF, 0x02) \
    X(CH1SET, 0x68) \
    X(CH2SET, 0x68) \
    X(CH3SET, 0x68) \
    X(CH4SET, 0x68) \
    X(CH5SET, 0x68) \
    X(CH6SET, 0x68) \
    X(CH7SET, 0x68) \
    X(CH8SET, 0x68) \
    X(BIAS_SENSP, 0xFF) \
    X(BIAS_SENSN, 0xFF) \
    X(LOFF_SENSP, 0x00) \
    X(LOFF_SENSN, 0x00) \
    X(LOFF_FLIP, 0x00) \
    X(GPIO, 0x0F) \
    X(MISC1, 0x00) \
    X(MISC2, 0x00) \
    X(CONFIG4, 0x00)

/* the defaults of a channel as the fields P G I B S2 S1 of `x` */
#define REGISTER_CHANNEL_FIELDS "060110"

#endif
