"""Symbolic gradients of expressions with vectors and matrices, against differences in 40 digits."""

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from diffcalc.arrays import ARRAYS
from diffcalc.errors import DiffcalcError
from diffcalc.expression import Expression
from diffcalc.functions import exact
from diffcalc.reader import read
from diffcalc.symbolic import ARRAY_RULES, Derivation, differentiate
from tests import tensors

DECLARED = ["A", "B", "x", "y", "s"]


def same(found: object, true: object) -> bool:
    """Whether two arrays agree to 15 digits of the largest element."""
    found, true = np.broadcast_arrays(found, true)
    size = max(1, *(abs(value) for value in np.ravel(true)))
    return all(
        abs(a - b) <= 1e-15 * size for a, b in zip(np.ravel(found), np.ravel(true), strict=True)
    )


def shapes_of(expression: Expression) -> dict[str, tuple[int, ...]]:
    return {name: tensors.SHAPES[name] for name in expression.variables}


def check(expression: Expression, name: str, seeded: bool) -> Derivation:
    shapes = shapes_of(expression)
    found = differentiate(expression, name, shapes, seeded)
    values = tensors.point(shapes)
    seed = tensors.point({"v": found.seed_shape})["v"] if seeded else 1
    true = tensors.gradient(expression, values, name, seed)
    assume(all(mpmath.isfinite(value) for value in np.ravel(true)))
    assert found.program is not None, found.text
    with mpmath.mp.workdps(40):
        value = found({**values, found.seed or "": seed}, exact())
    assert same(value, true), found.text
    return found


@settings(max_examples=300)
@given(
    st.sampled_from([(), (2,), (3,), (2, 3), (3, 3)]).flatmap(lambda s: tensors.tensors(s, 3)),
    st.booleans(),
)
def test_the_gradient_of_any_expression(text: str, seeded: bool) -> None:
    try:
        expression = read(text, declared=DECLARED)
    except DiffcalcError:
        assume(False)
    assume(not expression.elementwise)
    for name in expression.variables:
        check(expression, name, seeded)


@pytest.mark.parametrize("operation", sorted(ARRAYS.keys() - {"eye", "ones"}))
def test_every_operation_has_a_rule(operation: str) -> None:
    assert operation in ARRAY_RULES, "diffcalc/symbolic/differentials.py lacks its rule"
