/* The real-time clock (Motorola MC146818): the date, once, at boot. */
#include "remora/lib.h"
#include "remora/x86.h"

#define RTC_INDEX 0x70
#define RTC_DATA  0x71

enum {
    SECONDS = 0,
    MINUTES = 2,
    HOURS = 4,
    DAY = 7,
    MONTH = 8,
    YEAR = 9,
    STATUS_A = 10,
    STATUS_B = 11
};

#define UPDATING  0x80 /* in STATUS_A: the date is about to change */
#define BINARY    0x04 /* in STATUS_B: else BCD */
#define HOURS_24  0x02
#define AFTERNOON 0x80 /* in HOURS, without HOURS_24 */

struct date {
    uint8_t seconds, minutes, hours, day, month, year;
};

static uint8_t cmos_read(uint8_t index) {
    outb(RTC_INDEX, index);
    return inb(RTC_DATA);
}

static struct date read_once(void) {
    for (int tries = 0; (cmos_read(STATUS_A) & UPDATING) && tries < 100000; tries++)
        ;
    return (struct date){cmos_read(SECONDS), cmos_read(MINUTES), cmos_read(HOURS),
                         cmos_read(DAY),     cmos_read(MONTH),   cmos_read(YEAR)};
}

static uint8_t decimal(uint8_t value, uint8_t status_b) {
    return status_b & BINARY ? value : (uint8_t)((value >> 4) * 10 + (value & 15));
}

/* Days from 1970-01-01 to a date of the proleptic Gregorian calendar (years start in March). */
static int64_t days_since_1970(int64_t year, int64_t month, int64_t day) {
    if (month <= 2)
        year--;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719468;
}

/* Seconds since 1970, UTC; 0 if there is no RTC. */
uint64_t rtc_read(void) {
    struct date date = read_once(), again = read_once();
    for (int tries = 0; memcmp(&date, &again, sizeof date) != 0 && tries < 10; tries++) {
        date = again;
        again = read_once();
    }
    if (date.month == 0xff)
        return 0;
    uint8_t status = cmos_read(STATUS_B);
    int64_t hours = decimal(date.hours & ~AFTERNOON, status);
    if (!(status & HOURS_24))
        hours = hours % 12 + (date.hours & AFTERNOON ? 12 : 0);
    int64_t days = days_since_1970(2000 + decimal(date.year, status), decimal(date.month, status),
                                   decimal(date.day, status));
    return (uint64_t)(days * 86400 + hours * 3600 + decimal(date.minutes, status) * 60 +
                      decimal(date.seconds, status));
}
