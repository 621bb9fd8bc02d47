#pragma once

#include <app.h>
#include <stdint.h>

/** The app, ready to be called, and its arguments; 0 where there is none. By way of delivery. */
int (*find_app(const uint32_t *info, const char **arguments))(const struct tiny *tiny);

/** Puts an app where it runs; 0 where it is none. */
int (*load_app(const void *from, uint32_t size))(const struct tiny *tiny);

/** The arguments of a multiboot command line, which begins with the kernel's own path. */
const char *after_first_word(const char *line);

static inline void out8(uint16_t port, uint8_t value) {
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void out16(uint16_t port, uint16_t value) {
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline void out32(uint16_t port, uint32_t value) {
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint32_t in32(uint16_t port) {
    uint32_t value;
    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
