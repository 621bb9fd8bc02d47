// A signal handler begins with the floating-point state that a program begins with, and what it has
// interrupted goes on with its own.
// libs: -lm
#include "check.h"
#include <fenv.h>
#include <math.h>

static volatile int caught, rounding = -1;
static volatile float tiny = 1e-30f;

static void on_signal(int number) {
    unsigned short control;
    __asm__ volatile("fwait; fnstcw %0" : "=m"(control)); /* with nothing pending */
    rounding = fegetround();
    CHECK(control == 0x37f && isinf(1 / (tiny - tiny)));
    caught = number;
}

int main(void) {
    signal(SIGUSR1, on_signal);
    CHECK(fesetround(FE_UPWARD) == 0 && feenableexcept(FE_DIVBYZERO) == 0);
    CHECK(raise(SIGUSR1) == 0 && caught == SIGUSR1 && rounding == FE_TONEAREST);
    CHECK(fegetround() == FE_UPWARD && fegetexcept() == FE_DIVBYZERO);
    return 0;
}
