"""The matrix of a form that is linear in a vector: A.T of A.T @ v, diag(c) of c*v."""

from functools import reduce

import sympy

from diffcalc.base.numbers import Formula
from diffcalc.symbolic.arrays.forms import Forms, numbers_of
from diffcalc.symbolic.arrays.shaped import Shaped, operation_of


class MatrixOf:
    """Called with a form that is linear in a vector v, the matrix of it."""

    def __init__(self, forms: Forms, v: Shaped) -> None:
        self._forms = forms
        self._v = v
        self._size = v.shape[0]

    def __call__(self, form: Formula) -> Shaped:
        """The matrix P where the form is P @ v; of a number, the row r where it is r @ v.

        Raises `NotImplementedError` where v is inside an operation of which no matrix is known.
        """
        f = self._forms
        shape = (*f.shape(form), self._size)
        if form == self._v.form:
            return f.apply("eye", (), (self._size,))
        if not self._has(form):
            return Shaped(sympy.Integer(0), shape)
        if form.is_Add:
            terms = [self(term) for term in form.args]
            return Shaped(sympy.Add(*[term.form for term in terms]), shape)
        if form.is_Mul:
            return self._scaled(form)
        operation = operation_of(form)
        if operation in ("sum", "cumsum") and len(f.shape(form.args[0])) == 1:
            return f.apply(operation, [self(form.args[0])], [0])
        if operation == "matmul":
            return self._product(form)
        if operation == "stack" and not f.shape(form.args[0]):
            return f.stack(*map(self, form.args))
        if operation in ("element", "part"):
            return f.apply(operation, [self(form.args[0])], list(form.args[1:]))
        if operation == "pad":
            return self._padded(*form.args)
        raise NotImplementedError(f"no matrix is known for {form}")

    def _padded(self, form: Formula, before: Formula, after: Formula) -> Shaped:
        """The matrix of what zeros stand around: E.T @ P, where E is a part of the identity."""
        f, rows = self._forms, self._forms.shape(form)[0]
        unit = f.apply("eye", (), (before + rows + after,))
        first = before if before.is_Integer else -rows - after
        if operation_of(form) == "stack" and rows == 1:
            return f.outer(f.element(unit, *numbers_of([first])), self(form.args[0]))
        last = -after if after.is_Integer else before + rows
        part = f.part(unit, *numbers_of([first, last] if last else [first]))
        return f.matmul(f.transpose(part), self(form))

    def _has(self, form: Formula) -> bool:
        return self._v.form in form.free_symbols

    def _scaled(self, form: Formula) -> Shaped:
        """c*u: every row of the matrix of u times an element of c."""
        f = self._forms
        inner = [factor for factor in form.args if self._has(factor)]
        if len(inner) > 1:
            raise NotImplementedError(f"{form} is not linear in {self._v.form}")
        rest = f.whole(sympy.Mul(*[factor for factor in form.args if factor != inner[0]]))
        if inner[0].is_Add and rest.shape:
            return self(sympy.Add(*[rest.form * term for term in inner[0].args]))
        matrix = self(inner[0])
        if not rest.shape:
            return rest * matrix
        if len(matrix.shape) == 1:
            return f.outer(rest, matrix)
        return f.matmul(f.diag(rest), matrix)

    def _product(self, form: Formula) -> Shaped:
        """L @ u, or u @ R with a number for its value."""
        f = self._forms
        factors = [f.whole(factor) for factor in form.args]
        if self._has(factors[-1].form) and len(factors[-1].shape) == 1:
            return f.matmul(reduce(f.matmul, factors[:-1]), self(factors[-1].form))
        if self._has(factors[0].form) and len(factors[0].shape) == 1:
            return f.matmul(reduce(f.matmul, factors[1:]), self(factors[0].form))
        raise NotImplementedError(f"no matrix is known for {form}")
