/* A doorbell for a Linux without a driver of ours: a serial port in loopback. */
#pragma once

#include <stdint.h>

/*
 * Puts the serial port at this I/O port into loopback: what another core writes to its data port
 * comes back as input, with an interrupt, and wakes who reads. The descriptor to read from; ends
 * the agent if Linux has no such port.
 */
int uart_loop(uint64_t port);
