"""Kinds of operands, each an expression with values, for commands to be tried on."""

from typing import NamedTuple


class Operand(NamedTuple):
    """An expression, and the values of its variables."""

    text: str
    at: str

    @property
    def values(self) -> list[str]:
        return self.at.split()

    @property
    def names(self) -> list[str]:
        return [value.partition("=")[0] for value in self.values]


OPERANDS = {
    "numbers": Operand("x^2*y + sin(x)", "x=1 y=2"),
    "a number": Operand("3*x**2 - 4*x", "x=1"),
    "a constant": Operand("pi + 1", "x=1"),
    "a variable": Operand("x", "x=2"),
    "vectors": Operand("x*y", "x=1,2 y=3,4"),
    "a sum": Operand("sum(x^2*y)", "x=1,2 y=3,4"),
    "an element": Operand("sum(exp(x))", "x=[2]"),
    "elements": Operand("mse(y, w*x)", "w=[2] x=[3] y=[1]"),
    "matrices": Operand("A @ B.T", "A=[[1,2],[3,4]] B=[[5,6],[7,8]]"),
    "a row": Operand("A @ x", "A=[[1,2]] x=3,4"),
    "a linear map": Operand("A @ x", "A=[[1,2],[3,4]] x=5,6"),
    "a quadratic form": Operand("x @ A @ x", "A=[[1,2],[3,4]] x=5,6"),
    "a sum of rows": Operand("sum(A*x, axis=1)", "A=[[1,2],[3,4]] x=5,6"),
    "a trace": Operand("trace(A)^2 + sum(diag(A))", "A=[[1,2],[3,4]]"),
    "a number times a vector": Operand("w*x", "w=2 x=1,2"),
    "a sum of a number and vectors": Operand("sum((w*x - y)^2)", "w=1 x=1,2 y=2,3"),
    "a mean of numbers and a vector": Operand("mean(w*x + b)", "w=1 b=2 x=1,2"),
    "a norm of a number and a vector": Operand("norm(w*x)", "w=2 x=3,4"),
    "a loss of numbers and vectors": Operand("bce(y, sigmoid(w*x + b))", "w=1 b=0 x=1,-2 y=0,1"),
    "an entropy": Operand("cross_entropy(q, softmax(w*z))", "w=2 q=0,1 z=1,3"),
    "a huber loss": Operand("huber(y, w*x)", "w=2 x=1,3 y=1,2"),
    "a product": Operand("prod(x)", "x=0,2,3"),
    "a number and a matrix": Operand("sum(c*A)", "c=2 A=[[1,2],[3,4]]"),
    "nothing": Operand("sum(x)", "x=[]"),
    "shapes that do not fit": Operand("A @ x", "A=[[1,2],[3,4]] x=1,2,3"),
    "a saturated loss": Operand("bce(y, sigmoid(z))", "y=0,1 z=800,1"),
    "an overflow inside": Operand("sum(log(1 + exp(z)))", "z=800,1"),
    "a huge number": Operand("x^2", "x=1e154"),
    "the largest numbers": Operand("x + y", "x=1e300 y=-1e300"),
    "huge elements": Operand("sum(x^2)", "x=1e200,1"),
    "next to an overflow": Operand("cosh(x)", "x=710"),
    "a tiny number": Operand("x^2 + 1", "x=1e-300"),
    "the least number": Operand("exp(x)", "x=5e-324"),
    "a tiny slope": Operand("1e-300*x^3", "x=1e-5"),
    "a corner": Operand("abs(x)*y", "x=0 y=1"),
    "a corner of a norm": Operand("norm(x)", "x=0,0"),
    "a tie": Operand("max(x)", "x=1,1"),
    "an edge": Operand("sqrt(x)", "x=0"),
    "a pole": Operand("1/x", "x=0"),
    "outside": Operand("log(x)", "x=-1"),
    "removable": Operand("sin(x)/x", "x=0"),
    "a step": Operand("acos(floor(erfc(x)))*x", "x=-1"),
    "a condition": Operand("where(x > 0, x^2, -x)", "x=0"),
    "a flat place": Operand("x^4", "x=0"),
}  # fmt: skip
