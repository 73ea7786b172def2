"""Formulas whose certificates Coq checks: the formula, its values, and the tactics that prove it.

The tactics are those of its variables in order; "-" where no theorem is written.
"""

SMOOTH = """
3*x^2 - 4*x @ x=0.667: differentiable
-x^2*sin(x) @ x=pi/3: differentiable
x^1.5 + x^-2 + 2^x + x^x @ x=0.3: differentiable
log2(x)*log10(x) + log1p(x)/expm1(x) @ x=3: differentiable
cbrt(x - 9)*cbrt(x) @ x=1: differentiable
asin(x) + acos(x)*atan(x) @ x=0.9: differentiable
sec(x) + csc(x) - cot(x)*tan(x) @ x=0.5: differentiable
asec(x) + acsc(x) + acot(x) @ x=-3: differentiable
sinh(x)*cosh(x)*tanh(x) @ x=-2: differentiable
sech(x) + csch(x) + coth(x) @ x=0.1: differentiable
asinh(x) + acosh(1 + x)*atanh(x/4) @ x=2: differentiable
asech(x) + acsch(x) + acoth(1/x) @ x=0.5: differentiable
sigmoid(3*x - 2)*softplus(x) + silu(x) @ x=1: differentiable
min(x^2, 3) + max(x, 5) + relu(x - 1) + abs(-x) @ x=1.5: differentiable
sign(x)*where(x > 1 and x < 3, x^2, 0) + (x != 1)*x @ x=2: differentiable
sin(1e4*x) @ x=1e8: differentiable
x^2*y/(x^4 + y^2) @ x=1 y=2: differentiable differentiable
atan2(y, x) + hypot(x, y) @ y=-1 x=-2: differentiable differentiable
x^y @ x=2 y=3.5: differentiable differentiable
x @ A @ x @ A=[[1,2],[3,4]] x=5,6: differentiable differentiable differentiable differentiable differentiable differentiable
"""

BORDERS = """
abs(x - 1/3) @ x=1/3: corner
abs(x^2 - 2) @ x=sqrt(2): corner
abs(cos(x)) + abs(log(x/pi*2)) @ x=pi/2: corner
max(7 - 9*x, 7 - 8*x, 7 - 5*x) @ x=0: corner
sqrt(x^2 + y^2) @ x=0 y=0: corner corner
exp(x) + 1e-200*relu(sin(x)) @ x=0: corner
abs(x)*y @ x=0 y=0: differentiable_by_sides differentiable
x*abs(x) @ x=0: differentiable_by_sides
abs(x)^(3/2) @ x=0: differentiable_by_sides
where(x < 1, x^2, 2*x - 1) @ x=1: differentiable_by_sides
sign(x)*cos(x) @ x=0: jump
where(x == 0, 1, x) @ x=0: jump
2*cbrt(x)/(x + 2) - x @ x=0: steep_on_the_right
exp(sqrt(abs(x))) @ x=0: steep_on_the_right
abs(x)^(2/3) @ x=0: steep_on_the_right
"""

REFUSED = """
gamma(x)*y @ x=3 y=2: - -
floor(x) @ x=1.5: -
cbrt(x^3) @ x=0: -
where(x == 0, 0, x^2*sin(1/x)) @ x=0: -
abs(x + 4*atan(1/5) - atan(1/239) - pi/4) @ x=0: -
1/x @ x=0: -
tanh(x/1e-300) @ x=0: -
tanh(x/10^(-300)) @ x=0: -
abs(x^3 - 2) @ x=cbrt(2): -
"""


def cases(table: str) -> list[tuple[str, list[str], list[str]]]:
    """The formula, the values and the tactics of each line."""
    lines = [line.rpartition(": ") for line in table.split("\n") if line]
    parts = [(left.rpartition(" @ "), tactics) for left, _, tactics in lines]
    return [(text, at.split(), tactics.split()) for (text, _, at), tactics in parts]
