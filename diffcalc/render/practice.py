"""Exercises as Markdown, LaTeX, CSV and JSON Lines, each with its answer."""

from collections.abc import Collection, Sequence
from typing import TextIO

from diffcalc.exercises.practice import VARIABLE, Exercise
from diffcalc.language.latex import derivative, typeset
from diffcalc.language.latex_lines import breakable
from diffcalc.render.latex import statement
from diffcalc.render.lines import csv_line, json_line


def markdown(found: Sequence[Exercise], stream: TextIO, shown: Collection[str] = ()) -> None:
    """A numbered list, and another with the answers."""
    stream.write("## Exercises\n\nDifferentiate:\n\n")
    for number, one in enumerate(found, start=1):
        rules = f" ({', '.join(one.rules)})" if "rules" in shown else ""
        stream.write(f"{number}. `{one.expression}`{rules}\n")
        if "hints" in shown:
            stream.write(f"   - hint: the {one.hint.name} rule, `{one.hint.statement}`\n")
    stream.write("\n## Answers\n\n")
    for number, one in enumerate(found, start=1):
        stream.write(f"{number}. `{one.answer}`\n")


def in_latex(found: Sequence[Exercise], stream: TextIO, shown: Collection[str] = ()) -> None:
    """A document, with the answers on a page of their own."""
    exercises = []
    for one in found:
        inner = rf"{derivative(VARIABLE)} \left({typeset(one.expression)}\right)"
        item = _displayed(inner)
        if "rules" in shown:
            item += rf" \quad ({', '.join(one.rules)})"
        if "hints" in shown:
            said = statement(one.hint.statement)
            item += rf" \newline \textit{{Hint}}: the {one.hint.name} rule, {said}"
        exercises.append(item)
    answers = [_displayed(typeset(one.answer)) for one in found]
    body = "\n\\newpage\n".join(
        f"\\section*{{{title}}}\n\\begin{{enumerate}}\\raggedright\n{_items(items)}\n\\end{{enumerate}}"
        for title, items in (("Exercises", exercises), ("Answers", answers))
    )
    stream.write(
        "\\documentclass{article}\n\\usepackage{amsmath}\n\\begin{document}\n"
        f"{body}\n\\end{{document}}\n"
    )


def _displayed(formula: str) -> str:
    return rf"$\displaystyle {breakable(formula)}$"


def _items(items: Sequence[str]) -> str:
    return "\n".join(rf"  \item {item}" for item in items)


def csv(found: Sequence[Exercise], stream: TextIO, _: Collection[str] = ()) -> None:
    """A row for each, with its rules."""
    stream.write(csv_line(["expression", "answer", "rules"]) + "\n")
    for one in found:
        rules = " ".join(rule.replace(" ", "-") for rule in one.rules)
        stream.write(csv_line([one.expression, one.answer, rules]) + "\n")


def json(found: Sequence[Exercise], stream: TextIO, _: Collection[str] = ()) -> None:
    """An object for each, with its rules."""
    for one in found:
        content = {"expression": str(one.expression), "answer": str(one.answer)}
        stream.write(json_line(content | {"rules": list(one.rules)}) + "\n")
