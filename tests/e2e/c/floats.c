// Floating point: long double, printf and scanf, conversions, rounding modes, special values.
#include <fenv.h>
#include <float.h>
#include <math.h>

#include "check.h"

static volatile double zero = 0, one = 1, three = 3, big = 1e300;

int main(void) {
    printf("%f %e %g %a %.17g\n", 3.14159, 1e-10, 1e20, 0.1, 0.1);
    printf("%Lf %Le %Lg %.20Lg %La\n", 3.14159L, 1e-10L, 1e20L, 0.1L, 1.0L / 3);
    long double product = 1, sum = 0;
    for (int i = 1; i <= 50; i++) product *= i, sum += 1.0L / i;
    printf("%.15Le %.18Lf\n", product, sum);
    printf("%f %f %f %f\n", one / zero, -one / zero, NAN, -zero);
    printf("%d %d %d %d\n", isnan(zero / zero) != 0, isinf(big * big) != 0, fpclassify(DBL_MIN / 2) == FP_SUBNORMAL, signbit(-zero) != 0);
    printf("%.20f %.0f %.0f %.0f %10.3f|%-10.2e|%+g\n", 1.0 / 3, 0.5, 1.5, 2.5, 2.0005, 12345.678, 5.0);
    printf("%g %g %g %Lg %Lg\n", DBL_MAX, DBL_MIN, DBL_EPSILON, LDBL_MAX, LDBL_MIN);
    int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    for (int i = 0; i < 4; i++) {
        CHECK(fesetround(modes[i]) == 0 && fegetround() == modes[i]);
        volatile double d = one / three;
        volatile long double l = (long double)one / three;
        volatile float f = (float)one / (float)three;
        printf("%a %La %a %ld %ld\n", d, l, f, lrint(2.5 * one), lrintl(-2.5L * one));
    }
    fesetround(FE_TONEAREST);
    feclearexcept(FE_ALL_EXCEPT);
    volatile double x = one / zero;
    CHECK(fetestexcept(FE_DIVBYZERO) && !fetestexcept(FE_INVALID));
    x = zero / zero;
    CHECK(fetestexcept(FE_INVALID));
    feclearexcept(FE_ALL_EXCEPT);
    volatile long double lx = (long double)one / zero;
    CHECK(fetestexcept(FE_DIVBYZERO));
    (void)x, (void)lx;
    volatile float narrow = 16777217;
    volatile double wide = 9007199254740993.0;
    printf("%.1f %.1f %d %ld %lu %d\n", narrow, wide, (int)-2.9, (long)1e18, (unsigned long)1.5e19, (int)(unsigned char)300.7f);
    double d;
    long double l;
    float f;
    CHECK(sscanf("3.25 -1e-5 0x1.8p3", "%lf %Lf %f", &d, &l, &f) == 3);
    printf("%g %Lg %g\n", d, l, f);
    printf("%.17g %.17g %.17g %Lg\n", strtod("1e-320", NULL), strtod("123456789012345678901234567890", NULL), strtod("inf", NULL), strtold("1e4000", NULL));
    printf("%.10g %.10g %.10g %.10g %.10g\n", sin(1), cos(2), exp(1.5), log(10), pow(2, 0.5));
    printf("%.10g %.10g %.10g %.10g %.10g\n", tan(0.5), atan2(1, 2), sqrt(2), cbrt(27), hypot(3, 4));
    printf("%.12Lg %.12Lg %.12Lg %.12Lg\n", sinl(1), expl(1), logl(7), powl(1.1L, 10));
    printf("%g %g %g %g %g\n", floor(-1.5), ceil(-1.5), trunc(-1.5), round(-1.5), nearbyint(-1.5));
    printf("%g %g %g %g\n", fmod(10, 3), remainder(10, 4), ldexp(1, 10), fma(2, 3, 4));
    int exponent;
    printf("%g", frexp(100, &exponent));
    printf(" %d %ld %g\n", exponent, lround(2.5), copysign(3, -0.0));
    float series = 0;
    for (int i = 1; i < 100000; i++) series += 1.0f / (float)i;
    printf("%.6f\n", series);
    volatile long double state = 1;
    for (int i = 0; i < 64; i++) state = state * 1.0000001L + 1e-18L;
    printf("%.18Lf\n", state);
    puts("floats ok");
}
