"""Exercises as Markdown, LaTeX, CSV and JSON Lines, each with its answer and the rules it needs."""

import csv
import json
from collections.abc import Sequence
from typing import TextIO

from sympy import latex

from diffcalc.exercises.practice import VARIABLE, Exercise
from diffcalc.language.expression import Expression
from diffcalc.symbolic.notation import form_of


def write_exercises(found: Sequence[Exercise], style: str, stream: TextIO) -> None:
    """Writes exercises in one of `arguments.PRACTICE_FORMATS`."""
    {"markdown": _markdown, "latex": _latex, "csv": _csv, "json": _json}[style](found, stream)


def _markdown(found: Sequence[Exercise], stream: TextIO) -> None:
    stream.write("## Exercises\n\nDifferentiate:\n\n")
    for number, one in enumerate(found, start=1):
        stream.write(f"{number}. `{one.expression}` ({', '.join(one.rules)})\n")
    stream.write("\n## Answers\n\n")
    for number, one in enumerate(found, start=1):
        stream.write(f"{number}. `{one.answer}`\n")


def _latex(found: Sequence[Exercise], stream: TextIO) -> None:
    """Two lists for the body of a document; nothing beyond LaTeX itself is needed."""
    exercises = [
        rf"$\frac{{d}}{{d{VARIABLE}}} \left({_math(one.expression)}\right)$"
        rf" \quad ({', '.join(one.rules)})"
        for one in found
    ]
    answers = [f"${_math(one.answer)}$" for one in found]
    for title, items in (("Exercises", exercises), ("Answers", answers)):
        lines = "\n".join(rf"  \item {item}" for item in items)
        stream.write(f"\\section*{{{title}}}\n\\begin{{enumerate}}\n{lines}\n\\end{{enumerate}}\n")


def _math(expression: Expression) -> str:
    return str(latex(form_of(expression), ln_notation=True))


def _csv(found: Sequence[Exercise], stream: TextIO) -> None:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["expression", "answer", "rules"])
    writer.writerows([one.expression, one.answer, " ".join(_hyphens(one))] for one in found)


def _hyphens(one: Exercise) -> list[str]:
    return [rule.replace(" ", "-") for rule in one.rules]


def _json(found: Sequence[Exercise], stream: TextIO) -> None:
    for one in found:
        content = {"expression": str(one.expression), "answer": str(one.answer)}
        stream.write(json.dumps(content | {"rules": list(one.rules)}) + "\n")
