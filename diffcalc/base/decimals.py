"""mpmath numbers in decimal, however large or small they are."""

import mpmath

from diffcalc.base.numbers import Real

# mpmath writes a number by way of an integer with as many digits as the exponent says.
_PLAIN_EXPONENT = 3000


def decimal(value: Real, digits: int, **options: object) -> str:
    """`value` in `digits` significant digits: 0.25, 1.97007e+437; `options` are mpmath.nstr's."""
    # mpmath.mpf(value) would round to the working precision.
    number = mpmath.mp.convert(value)
    if not mpmath.isfinite(number) or abs(mpmath.mag(number or 1)) < _PLAIN_EXPONENT:
        return str(mpmath.nstr(number, digits, **options))
    # The logarithm needs the digits of the exponent and those of the mantissa beside them.
    with mpmath.mp.workdps(max(digits, 20) + 30 + len(str(mpmath.mag(number)))):
        exponent = int(mpmath.floor(mpmath.log10(abs(number))))
        mantissa = mpmath.nstr(number / mpmath.mpf(10) ** exponent, digits)
    return f"{mantissa}e{exponent:+}"


def rounded(value: Real, digits: int = 6) -> str:
    """A number as a person reads it, in so many digits: 2, -1.5, +∞; none for what is not one."""
    if mpmath.isnan(value):
        return "none"
    if mpmath.isinf(value):
        return "+∞" if value > 0 else "-∞"
    return decimal(value, digits, min_fixed=-5, max_fixed=digits).removesuffix(".0")
