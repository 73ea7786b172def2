"""Exercises as Markdown, LaTeX, CSV and JSON Lines, each with its answer and the rules it needs."""

from collections.abc import Sequence
from typing import TextIO

from diffcalc.exercises.practice import VARIABLE, Exercise
from diffcalc.language.latex import derivative, typeset
from diffcalc.render.lines import csv_line, json_line


def markdown(found: Sequence[Exercise], stream: TextIO) -> None:
    """A numbered list, and another with the answers."""
    stream.write("## Exercises\n\nDifferentiate:\n\n")
    for number, one in enumerate(found, start=1):
        stream.write(f"{number}. `{one.expression}` ({', '.join(one.rules)})\n")
    stream.write("\n## Answers\n\n")
    for number, one in enumerate(found, start=1):
        stream.write(f"{number}. `{one.answer}`\n")


def in_latex(found: Sequence[Exercise], stream: TextIO) -> None:
    """Two lists for the body of a document; nothing beyond LaTeX itself is needed."""
    exercises = [
        rf"${derivative(VARIABLE)} \left({typeset(one.expression)}\right)$"
        rf" \quad ({', '.join(one.rules)})"
        for one in found
    ]
    answers = [f"${typeset(one.answer)}$" for one in found]
    for title, items in (("Exercises", exercises), ("Answers", answers)):
        lines = "\n".join(rf"  \item {item}" for item in items)
        stream.write(f"\\section*{{{title}}}\n\\begin{{enumerate}}\n{lines}\n\\end{{enumerate}}\n")


def csv(found: Sequence[Exercise], stream: TextIO) -> None:
    """A row for each."""
    stream.write(csv_line(["expression", "answer", "rules"]) + "\n")
    for one in found:
        rules = " ".join(rule.replace(" ", "-") for rule in one.rules)
        stream.write(csv_line([one.expression, one.answer, rules]) + "\n")


def json(found: Sequence[Exercise], stream: TextIO) -> None:
    """An object for each."""
    for one in found:
        content = {"expression": str(one.expression), "answer": str(one.answer)}
        stream.write(json_line(content | {"rules": list(one.rules)}) + "\n")
