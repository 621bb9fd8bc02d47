// The x87 and SSE control words are at their defaults; masked exceptions give what IEEE 754 says.
// cflags: -frounding-math
// libs: -lm
#include "check.h"
#include <fenv.h>
#include <math.h>

int main(void) {
    volatile double zero = 0, one = 1;
    volatile long double third = 1.0L / 3;
    CHECK(isinf(one / zero) && isnan(zero / zero) && fegetround() == FE_TONEAREST);
    CHECK(third * 3 == 1.0L && sizeof third == 16);
    CHECK(fabs(sin(1.0) - 0.8414709848078965) < 1e-15);
    CHECK(fetestexcept(FE_DIVBYZERO));
    return 0;
}
