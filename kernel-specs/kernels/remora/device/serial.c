/* COM1, a 16550: polled, 115200 8N1. */
#include "remora/device.h"
#include "remora/x86.h"

#define COM1         0x3f8
#define DATA         (COM1 + 0)
#define INTERRUPTS   (COM1 + 1)
#define DIVISOR_LOW  (COM1 + 0)
#define DIVISOR_HIGH (COM1 + 1)
#define FIFO         (COM1 + 2)
#define LINE         (COM1 + 3)
#define MODEM        (COM1 + 4)
#define STATUS       (COM1 + 5)

#define LINE_DIVISOR    0x80
#define LINE_8N1        0x03
#define FIFO_ON_CLEARED 0x07
#define MODEM_DTR_RTS   0x03
#define STATUS_RECEIVED 0x01
#define STATUS_CAN_SEND 0x20

/* A port that never gets ready (unplugged: all bits set or none) must not hang the kernel. */
#define PATIENCE 1000000

void serial_init(void) {
    outb(INTERRUPTS, 0);
    outb(LINE, LINE_DIVISOR);
    outb(DIVISOR_LOW, 1);
    outb(DIVISOR_HIGH, 0);
    outb(LINE, LINE_8N1);
    outb(FIFO, FIFO_ON_CLEARED);
    outb(MODEM, MODEM_DTR_RTS);
}

void serial_write(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        for (int tries = 0; !(inb(STATUS) & STATUS_CAN_SEND) && tries < PATIENCE; tries++)
            ;
        outb(DATA, (uint8_t)text[i]);
    }
}

size_t serial_read(char *to, size_t size) {
    size_t length = 0;
    while (length < size && (inb(STATUS) & STATUS_RECEIVED))
        to[length++] = (char)inb(DATA);
    return length;
}
