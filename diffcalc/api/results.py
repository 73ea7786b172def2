"""What the functions of the API give: the same that a command prints, as an object.

A result has a short repr, is a table in a notebook and as text, and gives its numbers: by name, as
in `result["a"]`, as a dict, or as LaTeX. Everything else that was found is an attribute of `found`.
"""

import csv
import io
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, TextIO

# A notebook, and a terminal, show a line or two.
LONGEST = 300
Write = Callable[[str, TextIO], object]
"""Writes a result in the format of this name."""


class Result:
    """One result. `found` is the object that was found, `verdict` what is to be said of it."""

    columns: Sequence[str] = ()
    """Which columns of its CSV a notebook shows, all of them if empty."""

    def __init__(self, found: Any, what: str, write: Write, verdict: str = "") -> None:
        self.found = found
        self.verdict = verdict
        self._what = what
        self._write = write

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "found":
            raise AttributeError(name)
        return getattr(self.found, name)

    def text(self, style: str = "table") -> str:
        """The result as a command prints it in this format: table, plain, json, csv, tsv, value."""
        stream = io.StringIO()
        self._write(style, stream)
        return stream.getvalue()

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON has it; of a result of many lines, these are `lines`."""
        lines = [json.loads(line) for line in self.text("json").splitlines()]
        return lines[0] if len(lines) == 1 else {"lines": lines}

    def rows(self) -> tuple[list[str], list[list[str]]]:
        """A table of text: the heading, and the rows."""
        head, *rows = csv.reader(io.StringIO(self.text("csv")))
        named = [i for i, name in enumerate(head) if not self.columns or name in self.columns]
        kept = [i for i in named if any(row[i] for row in rows)] or named
        return [head[i] for i in kept], [[row[i] for i in kept] for row in rows]

    def to_latex(self) -> str:
        """The formulas; of what has none, the table as an array."""
        from diffcalc.language.latex import verbatim

        head, rows = self.rows()
        lines = [" & ".join(verbatim(cell) for cell in row) for row in (head, *rows)]
        inside = " \\\\\n".join(lines)
        return f"\\begin{{array}}{{{'l' * len(head)}}}\n{inside}\n\\end{{array}}"

    def _repr_latex_(self) -> str:
        text = self.to_latex()
        return text if text.startswith(r"\begin{align") else rf"$\displaystyle {text}$"

    def _repr_html_(self) -> str:
        head, rows = self.rows()
        cells = [_row("th", head), *(_row("td", row) for row in rows[:LONGEST])]
        more = f"<p>… {len(rows) - LONGEST:,} more rows</p>" if len(rows) > LONGEST else ""
        title = escape(": ".join(filter(None, (self._what, self.verdict))))
        return f"<p><b>{title}</b></p><table>{''.join(cells)}</table>{more}"

    def __str__(self) -> str:
        return self.text().rstrip("\n")

    def __repr__(self) -> str:
        said = ": ".join(filter(None, (self._what, self.verdict, self._numbers())))
        return f"<{said if len(said) <= LONGEST else said[: LONGEST - 1] + '…'}>"

    def _numbers(self) -> str:
        """The numbers that were asked for, in a line."""
        return ""


def _row(tag: str, cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(_short(cell))}</{tag}>' for cell in cells)}</tr>"


def _short(cell: str) -> str:
    """A float64 in the digits that are read."""
    try:
        return cell if len(cell) < 12 else f"{float(cell):.10g}"
    except ValueError:
        return cell


class Named(Result, Mapping[str, Any]):
    """A result that has a number, an array or a formula by name."""

    def __init__(
        self, found: Any, what: str, write: Write, verdict: str, numbers: Mapping[str, Any]
    ) -> None:
        super().__init__(found, what, write, verdict)
        self._by_name = numbers

    def __getitem__(self, name: str) -> Any:
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    __hash__ = None  # type: ignore[assignment]

    def _numbers(self) -> str:
        shown = ", ".join(f"{name} = {_brief(value)}" for name, value in self._by_name.items())
        return shown if len(shown) <= LONGEST else f"{len(self._by_name):,} values"

    def to_latex(self) -> str:
        """A line for each name: the formula where there is one, and the number."""
        from diffcalc.language.latex import aligned
        from diffcalc.render.latex import formula

        lines = []
        for name, value in self._by_name.items():
            text = self.formulas.get(name, "")
            sides = [formula(text)] if text else []
            if not isinstance(value, str):
                sides.append(_latex_of(value))
            lines.append(rf"{self.left(name)} &= {' = '.join(sides)}")
        return aligned(lines)

    @property
    def formulas(self) -> dict[str, str]:
        """The formula of each name, where the rules have one."""
        return {}

    def left(self, name: str) -> str:
        """What stands on the left of its line, in LaTeX."""
        from diffcalc.render.latex import formula

        return formula(name)


def _brief(value: Any) -> str:
    import numpy as np

    if isinstance(value, str):
        return value
    array = np.asarray(value)
    if not array.ndim:
        return f"{float(array):.10g}"
    settings: dict[str, Any] = {"separator": ", ", "threshold": 8, "max_line_width": 10_000}
    text = np.array2string(array, formatter={"float_kind": "{:.6g}".format}, **settings)
    return " ".join(text.split())


def _latex_of(value: Any) -> str:
    """A number, a vector or a matrix."""
    import numpy as np

    array = np.asarray(value)
    if not array.ndim:
        return _latex_number(float(array))
    rows = np.atleast_2d(array) if array.ndim < 3 else array.reshape(len(array), -1)
    inside = r" \\ ".join(" & ".join(_latex_number(float(v)) for v in row) for row in rows)
    return rf"\begin{{bmatrix}} {inside} \end{{bmatrix}}"


def _latex_number(number: float) -> str:
    if math.isnan(number):
        return r"\text{none}"
    mantissa, e, exponent = f"{number:.10g}".partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if e else mantissa


class Gradients(Named):
    """The derivatives of a function in its variables."""

    columns = ("element", "formula", "derivative", "numerical", "symbolic", "autograd", "verdict")

    @property
    def formulas(self) -> dict[str, str]:
        """The formula of each name, where the rules have one."""
        return {
            name: partial.formula
            for partial in self.found.partials
            for name in partial.variables[:1]
            if partial.formula
        }

    def left(self, name: str) -> str:
        """The partial derivative in a variable."""
        from diffcalc.language.latex import derivative

        return derivative(name) + " f"


class Matrix(Result):
    """A Hessian or a Jacobian; `values` has its numbers, nan where there is none."""

    def __init__(self, found: Any, what: str, write: Write, verdict: str, values: Any) -> None:
        super().__init__(found, what, write, verdict)
        self.values = values

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        import numpy as np

        return np.array(self.values, dtype=dtype)

    def rows(self) -> tuple[list[str], list[list[str]]]:
        """The matrix itself, with its names."""
        numbers = [[repr(float(v)) for v in row] for row in self.values]
        pairs = zip(self.found.rows, numbers, strict=True)
        return ["", *self.found.columns], [[name, *row] for name, row in pairs]

    def to_latex(self) -> str:
        """The matrix of the numbers."""
        return _latex_of(self.values)

    def _numbers(self) -> str:
        return _brief(self.values)


class Steps(Result):
    """How a derivative was found, rule by rule."""

    columns = ("rule", "variable", "before", "after")

    def to_latex(self) -> str:
        """The working, a line for each step."""
        return self.text("latex").rstrip("\n")

    def _numbers(self) -> str:
        return ", ".join(working.derivation.text for working in self.found)


class Marks(Result):
    """Whether claims are right; true where all are."""

    columns = (
        "expression", "claim", "mark", "mistake", "explanation",
        "derivative", "value", "told", "why",
    )  # fmt: skip

    def __bool__(self) -> bool:
        return all(one.severity == 0 for one in self.found)

    @property
    def worst(self) -> Any:
        """The component that is most wrong, or the mark of the first wrong claim."""
        for one in self.found:
            if one.severity:
                return getattr(one, "worst", one)
        return None


class Code(str):
    """A program's text, which prints as it is and has a short repr."""

    __slots__ = ()

    def __repr__(self) -> str:
        first = self.splitlines()[0] if self else ""
        return f"<code of {len(self.splitlines())} lines: {first[:60]}>"

    def to_dict(self) -> dict[str, str]:
        """The text by the key `code`."""
        return {"code": str(self)}

    def to_latex(self) -> str:
        """The text as it is."""
        return str(self)

    def _repr_html_(self) -> str:
        return f"<pre>{escape(self)}</pre>"
