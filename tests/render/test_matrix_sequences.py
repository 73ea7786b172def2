"""The h-sequences of a matrix's entries, where they are asked for."""

from tests.conftest import Run

HESSIAN = ("hessian", "x^2*y + sin(x)", "x=1", "y=2")


def test_a_matrix_has_sequences_where_they_are_asked_for(run: Run) -> None:
    assert "quotient (f" not in run(*HESSIAN).out
    first = run(*HESSIAN, "--sequences", "first").out
    assert first.count("forward quotient (f(x + 2*h) - 2*f(x + h) + f(x))/h²") == 1
    # Mixed derivatives have none: their differences are in two variables.
    assert run(*HESSIAN, "--sequences", "all").out.count("quotient (f") == 2


def test_the_first_sequence_is_of_what_needs_explaining(run: Run) -> None:
    args = ("jacobian", "[x^2*y, abs(y)]", "x=1", "y=0", "--sequences")
    out = run(*args, "first").out
    assert "forward quotient (f2(y + h) - f2(y))/h" in out
    assert out.count("quotient (f") == 1
    assert run(*args, "all").out.count("quotient (f") == 4
    lines = run(*args, "all", "--format", "plain").out.splitlines()
    assert sum("h=0.01000" in line for line in lines) == 4
