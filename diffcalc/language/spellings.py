"""Functions that are short for others: a formula of the language's own operations each.

`mod(x, n)` is read as `x - n*floor(x/n)`, and shown so: its value, its jumps and its derivative are
those of the operations it is made of, so it needs no row in any method. Here a new function is one
line. What a number decides (the index of a root, the base of a logarithm) is read in `grammar.py`.
"""

from collections.abc import Mapping

SPELLINGS: Mapping[str, str] = {
    "mod(u, v)": "u - v*floor(u/v)",
    # Half a unit up, as at school. NumPy takes the even one, at the jump only.
    "round(u)": "floor(u + 1/2)",
    "trunc(u)": "where(u < 0, ceil(u), floor(u))",
    "frac(u)": "u - floor(u)",
    "heaviside(u)": "where(u < 0, 0, where(u > 0, 1, 1/2))",
    "heaviside(u, v)": "where(u < 0, 0, where(u > 0, 1, v))",
    "clip(u, v, w)": "min(max(u, v), w)",
    "clamp(u, v, w)": "min(max(u, v), w)",
    "pow(u, v)": "u**v",
    "power(u, v)": "u**v",
    "potenz(u, v)": "u**v",
    "wurzel(u)": "sqrt(u)",
    "square(u)": "u**2",
    "exp2(u)": "2**u",
    "factorial(u)": "gamma(u + 1)",
    "binomial(u, v)": "gamma(u + 1)/(gamma(v + 1)*gamma(u - v + 1))",
    "beta(u, v)": "gamma(u)*gamma(v)/gamma(u + v)",
    "digamma(u)": "polygamma(0, u)",
    "trigamma(u)": "polygamma(1, u)",
    "xlogy(u, v)": "where(u == 0, 0, u*log(v))",
    "gelu(u)": "u*(1 + erf(u/sqrt(2)))/2",
    "elu(u)": "where(u > 0, u, expm1(u))",
    "leaky_relu(u)": "where(u > 0, u, u/100)",
    "leaky_relu(u, v)": "where(u > 0, u, v*u)",
    # Unnormalised, as in mathematics and SymPy; NumPy's is sinc(pi*x).
    "sinc(u)": "where(u == 0, 1, sin(u)/u)",
    "binom(u, v)": "binomial(u, v)",
    "comb(u, v)": "binomial(u, v)",
    "nCr(u, v)": "binomial(u, v)",
    "cube(u)": "u**3",
    "exp10(u)": "10**u",
    "degrees(u)": "u*180/pi",
    "radians(u)": "u*pi/180",
    "hardtanh(u)": "clip(u, -1, 1)",
    "relu6(u)": "clip(u, 0, 6)",
    "mish(u)": "u*tanh(softplus(u))",
    "fract(u)": "frac(u)",
    "Rational(u, v)": "u/v",
    "mm(u, v)": "u @ v",
    "inner(u, v)": "dot(u, v)",
    "solve(u, v)": "inv(u) @ v",
    "array(u)": "u",
    "tensor(u)": "u",
    "determinant(u)": "det(u)",
    "inverse(u)": "inv(u)",
    "EulerGamma()": "-digamma(1)",
    "euler_gamma()": "-digamma(1)",
    "GoldenRatio()": "(1 + sqrt(5))/2",
    "logit(u)": "log(u/(1 - u))",
    # As NumPy has them: over all numbers, divided by how many they are.
    "var(u)": "mean((u - mean(u))**2)",
    "std(u)": "sqrt(mean((u - mean(u))**2))",
    "logaddexp(u, v)": "u + softplus(v - u)",
}
"""What each call is short for."""

ALONG: Mapping[str, str] = {
    "var": "mean((u - mean(u{axis}, keepdims=True))**2{axis}{kept})",
    "std": "sqrt(mean((u - mean(u{axis}, keepdims=True))**2{axis}{kept}))",
}
"""What those are short for that are taken along axes."""

# The degree of these is a number, which the reader has to see.
ROOTS = frozenset({"root", "nthroot", "surd"})
NAMES = frozenset(call.partition("(")[0] for call in SPELLINGS) | ROOTS


def formula(name: str, count: int) -> str:
    """What `name` is short for."""
    return SPELLINGS[f"{name}({', '.join('uvw'[:count])})"]


def counts(name: str) -> list[int]:
    """How many arguments `name` may have."""
    return [
        call.count(",") + (call[-2] != "(") for call in SPELLINGS if call.partition("(")[0] == name
    ]
