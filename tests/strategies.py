"""Random formulas, as text, with the points where they are smooth."""

from hypothesis import strategies as st

SMOOTH = (
    "sin", "cos", "exp", "tanh", "atan", "sinh", "cosh", "asinh", "erf", "sigmoid", "softplus",
    "cbrt", "expm1", "sech", "erfc",
)  # fmt: skip
"""Functions that are smooth on the whole line (cbrt but for 0, which random points miss)."""

POSITIVE = ("log", "sqrt", "log2", "log10", "log1p", "gamma", "lgamma")
"""Functions that are smooth for positive arguments."""

numbers = st.one_of(
    st.integers(1, 9).map(str), st.sampled_from(["0.5", "1.5", "2.25", "pi", "e", "1/3"])
)
variables = st.sampled_from(["x", "y"])


def formulas(max_leaves: int = 8) -> st.SearchStrategy[str]:
    """Formulas in x and y that are smooth wherever they are defined."""
    return st.recursive(st.one_of(variables, variables, numbers), _extend, max_leaves=max_leaves)


def _extend(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    binary = st.builds(
        "({}) {} ({})".format, inner, st.sampled_from(["+", "-", "*", "*", "/"]), inner
    )
    call = st.builds("{}({})".format, st.sampled_from(SMOOTH), inner)
    positive = st.builds("{}(1 + ({})^2)".format, st.sampled_from(POSITIVE), inner)
    power = st.builds("({})^{}".format, inner, st.integers(2, 4))
    minus = inner.map("-({})".format)
    general = st.builds("(1 + ({})^2)^({})".format, inner, inner)
    return st.one_of(binary, call, positive, power, minus, general)


points = st.floats(0.3, 2.5, allow_nan=False).map(lambda v: round(v, 3))
