"""Smooth functions and points for the numerical limit: a function, a colon, the points.

They were written down before they were tried, and only those in `ILL_CONDITIONED` taken out again.
"""

import numpy as np

from diffcalc.language.algebras import FLOAT
from diffcalc.language.grammar import read
from diffcalc.numerical.limit import RealFunction

_TABLE = """
# every function of the table that is smooth somewhere: easy, then near its edges, and far out
exp(x): 0 1 -5 20 -30 1e-6
expm1(x): 1e-6 0 2
log(x): 1e-6 0.5 1 10 1e5 1e8
log2(x): 3 1e-6
log10(x): 7 1e5
log1p(x): 1e-6 0 -0.999
sqrt(x): 1e-6 2 1e8
cbrt(x): 5 1e-6 -8
abs(x): 2 -1e-6
sin(x): 0 1e-6 1 1000 1e5 1e8
cos(x): 0 1 1000 1e-6
tan(x): 1.5 0.3 1.57 100
sec(x): 0.5 1.5
csc(x): 0.01 2
cot(x): 0.01 1.5
asin(x): 0.9 0 0.9999
acos(x): 0.3 -0.999
atan(x): 1 1000 1e-6
asec(x): 1.01 5
acsc(x): 1.01 -3
acot(x): 0.5 50
sinh(x): 0 3 -10
cosh(x): 2 0 30
tanh(x): 3 0.1 8
sech(x): 1 10
csch(x): 0.1 2
coth(x): 0.1 3
asinh(x): 0 1 1e5
acosh(x): 1.01 2 1e5
atanh(x): 0.5 0.999
asech(x): 0.5 0.99
acsch(x): 0.5 20
acoth(x): 1.01 4
atan2(x, 2): 1 -30
hypot(x, 3): 1 1e5
min(x**2, 3): 1
max(x**2, 3): 2
relu(x - 1): 2 1.001
erf(x): 0.5 0 3
erfc(x): 1 4
erfi(x): 0.5 -2 4
gamma(x): 3.5 0.01 10 -1.5
lgamma(x): 3 0.01 100
polygamma(1, x): 2
sigmoid(x): 0 10 -20
softplus(x): 1 0 -10
silu(x): 1 0 -1.278 -10
# powers and polynomials
x**2: 0 1e-6 1e5 1e8 1e10
x**3: 0 1 1000 1e-6
x**5 - 3*x: 2 1
3*x**2 - 4*x: 1 0.667
x**10: 1.1 0.01
x**20 - 1: 1 0.9
(x - 1)**7: 1.2 0.99
x**3 - 6*x**2 + 11*x - 6: 2 1.5
1 + x + x**2/2 + x**3/6 + x**4/24: -3 0.1
8*x**4 - 8*x**2 + 1: 0.7 0
1e-8*x**2: 1
1e8*x**2: 1 0
1/x: 1e-6 3 -1e5 1e8
1/x**2: 0.01 2
x**1.5: 0.001 1e5
x**0.1: 2 1e-6
x**-2.5: 0.3
x**x: 1.5 0.01 5
2**x: 10 -10
# oscillation, fast and slow
sin(10*x): 2
sin(100*x): 2 0
sin(1e4*x): 1 0
sin(exp(x)): 3 1
sin(x**2): 10
cos(x**2): 5 0
sin(1/x): 0.1 0.02
x*sin(1/x): 0.1
sin(x) + sin(10*x)/10: 0.5 3
exp(-x)*cos(20*x): 1
sin(1e-4*x): 1 1e5
# steep, flat, and hidden poles
exp(1000*x): 0.1 -0.1
exp(-1000*x): 0.001
atan(1000*x): 0.001 0.1
tanh(50*x): 0.01
1/(1 + 25*x**2): 0.3 0 1
1/(1 + 1e4*x**2): 0.01
1/(1 + exp(-5*x)): 0.4 -3
exp(-x**2): 1 3 0 5
exp(-1/x**2): 0.3 0.1
exp(1/x): 0.5 0.05
exp(-1e4*(x - 1)**2): 1.01
1/(x - 1): 1.001 0.99
1/(x**2 - 2): 1.414
1/((x - 1)*(x - 1.001)): 1.0003
log(1 - x): 0.999 0.5
sqrt(1 - x**2): 0.99 0.5
sqrt(x**2 - 1): 1.0001
sqrt(x - 1): 1.000001
# where f or f' is 0, or f' tiny against f
x*exp(-x): 0 1
x*exp(-x**2): 0.7 1.5
sin(x)**2: 0 0.5
cos(x) + 1e-3*x: 0
1000 + sin(x): 1
1e5 + x**2: 1
x - sin(x): 0.1 1
1 - cos(x): 0 0.01
cosh(x) - 1: 0.1
x**2*log(x): 0.01 1
log(x)/x: 3 2.7
# compositions
log(1 + x**2): 2 0 1e5
exp(sin(x)): 4 0
log(sin(x)): 1 3
exp(x)/x: 2 0.01
sin(x)/x: 0.001 10
(exp(x) - 1)/x: 1
sqrt(1 + sqrt(x)): 1 1e-6
log(log(x)): 3 1.01
sin(cos(tan(x))): 0.7
atan(exp(x)): 2 -10
x*atan(x) - log(1 + x**2)/2: 1
tanh(x**3): 0.8
sqrt(x)*sin(x): 1000
exp(-x)/(1 + exp(-x))**2: 1
sigmoid(3*x - 2)*softplus(x): 1
erf(x)/x: 0.5
gamma(x)/gamma(x + 0.5): 2
(x**2 + 1)/(x**3 - 2): 0 1.3
cbrt(x**2 + 1)*exp(-x/3): 2
hypot(x, x**2): 1
log1p(exp(-x)*sin(x)): 2
"""

# f' is so small against f, |f'|*max(1, |x|) below 1e-6*|f|, that one unit in the last place of f, or
# of x where f' all but vanishes, is worth more than the digits asked for. The error estimates hold.
_ILL_CONDITIONED = """
tanh(50*x): 0.2
hypot(x, 3): 1e-6
1e5 + x**2: 1e-3
x*exp(-x**2): 0.7071067811865476
log(x)/x: 2.718281828459045
"""


def _cases(table: str) -> list[tuple[str, str]]:
    lines = [line.partition(": ") for line in table.strip().splitlines() if line[0] != "#"]
    return [(text, x) for text, _, points in lines for x in points.split()]


CASES = _cases(_TABLE)
ILL_CONDITIONED = _cases(_ILL_CONDITIONED)


def function(text: str) -> RealFunction:
    """A formula in x as a function in float64."""
    expression = read(text)

    def f(x: float) -> float:
        with np.errstate(all="ignore"):
            return float(expression(FLOAT, x=np.float64(x)))

    return f
