"""A mark as a table, as plain lines, as JSON, CSV or TSV, and as one word; answers one by one."""

import csv
import json
from collections.abc import Sequence
from typing import Any, TextIO

import mpmath
from rich.console import Console
from rich.text import Text

from diffcalc.decimals import decimal
from diffcalc.expression import function_name, number_text
from diffcalc.marking import Counterexample, Grade, Mark
from diffcalc.marking.answers import Answer
from diffcalc.render.base import differential
from diffcalc.render.json import numbers

ADDED = ("mark", "decided", "mistake", "explanation", "counterexample")
"""The columns that marking adds to those of the answers."""

_ERROR = "error"
_NONE_EXPLAINS = "no common mistake explains it"
_STYLES = {Grade.CORRECT: "green", Grade.SMALLER_DOMAIN: "green", Grade.WRONG: "red"}
_DELIMITERS = {"csv": ",", "tsv": "\t"}
_DIGITS = (10, 20, 50, 100, 200, 400)


def write_mark(mark: Mark, style: str, stream: TextIO) -> None:
    """Writes one mark in one of `arguments.FORMATS`."""
    cells = {"expression": str(mark.expression), "claim": str(mark.claim)}
    if style == "table":
        _write_table(mark, stream)
    elif style == "plain":
        lines = cells | _cells(mark)
        stream.writelines(f"{name}: {text}\n" for name, text in lines.items() if text)
    else:
        AnswerWriter(list(cells), style, stream).write(Answer(cells, mark))


class AnswerWriter:
    """Writes answers with their marks, each as it comes: as CSV, TSV, JSON Lines or one word each.

    The columns of the answers are kept, but for those of an earlier marking.
    """

    def __init__(self, columns: Sequence[str], style: str, stream: TextIO) -> None:
        self._kept = [name for name in columns if name not in ADDED]
        self._style, self._stream = style, stream
        delimiter = _DELIMITERS.get(style, ",")
        self._writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
        if style in _DELIMITERS:
            self._writer.writerow([*self._kept, *ADDED])

    def write(self, answer: Answer) -> None:
        """Writes one row."""
        kept = {name: answer.cells.get(name, "") for name in self._kept}
        added = _cells(answer.mark) if answer.mark else {"mark": _ERROR}
        if answer.error:
            added["explanation"] = answer.error
        if self._style == "value":
            self._stream.write(f"{added['mark']}\n")
        elif self._style == "json":
            _write_object(kept, answer.mark, self._stream, answer.error)
        else:
            self._writer.writerow([*kept.values(), *(added.get(name, "") for name in ADDED)])
        self._stream.flush()


def _write_object(
    cells: dict[str, str], mark: Mark | None, stream: TextIO, error: str = ""
) -> None:
    content: dict[str, Any] = dict(cells)
    if mark is None:
        content |= {"mark": _ERROR, "explanation": error}
    else:
        found, diagnosis, terms = mark.counterexample, mark.diagnosis, mark.terms
        content |= {
            "variable": mark.variable,
            "derivative": mark.derivative,
            "mark": mark.grade.value,
            "decided": mark.decided,
            "counterexample": found and _counterexample_object(found),
            "terms": terms and {"claimed": list(terms.claimed), "right": list(terms.right)},
            "mistake": diagnosis and diagnosis.mistake,
            "rule": diagnosis and diagnosis.rule and diagnosis.rule.name,
            "statement": diagnosis and diagnosis.rule and diagnosis.rule.statement,
            "explanation": _explanation(mark) or None,
        }
    stream.write(json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n")


def _counterexample_object(found: Counterexample) -> dict[str, Any]:
    return (
        {"at": {name: float(value) for name, value in found.point.items()}}
        | numbers("derivative", float(found.derivative), "beyond float64")
        | numbers("claim", float(found.claim), "no value")
        | {"text": _counterexample(found)}
    )


def _write_table(mark: Mark, stream: TextIO) -> None:
    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    variables = mark.expression.variables
    name = function_name(variables)
    slope = differential(name, [mark.variable], len(variables) > 1)
    console.print(Text(f"{name}({', '.join(variables)}) = ").append(str(mark.expression), "bold"))
    console.print(Text(f"claim: {slope} = ").append(str(mark.claim), "bold"))
    console.print()
    line = Text(mark.grade.value, _STYLES.get(mark.grade, "yellow"))
    console.print(line.append(f": {_reason(mark)}", "default"))
    if mark.grade is Grade.WRONG:
        if mark.terms:
            console.print(Text(_capital(str(mark.terms))))
        console.print(Text(_capital(_mistake(mark))))
        console.print(Text(f"{slope} = {mark.derivative}", "bold cyan"))


def _reason(mark: Mark) -> str:
    """How the mark was found, with the point that shows it."""
    found = mark.counterexample and _counterexample(mark.counterexample)
    if mark.grade is Grade.WRONG:
        return f"{found}."
    if mark.grade is Grade.UNDECIDED:
        return f"{found or 'no point was found where both have a value'}."
    decided = f"equal to {mark.derivative}, {_decided(mark)}"
    return f"{decided}; {found}." if found else f"{decided}."


def _decided(mark: Mark) -> str:
    return "as its formula proves" if mark.decided == "exactly" else mark.decided


def _mistake(mark: Mark) -> str:
    """The mistake, and the rule that it breaks."""
    diagnosis = mark.diagnosis
    if diagnosis is None:
        return f"{_NONE_EXPLAINS}."
    rule = diagnosis.rule
    return f"{diagnosis.sentence}." + (f" The {rule.name} rule: {rule.statement}." if rule else "")


def _explanation(mark: Mark) -> str:
    """What went wrong, in a line: the terms, and the mistake."""
    if mark.grade is not Grade.WRONG:
        return ""
    sentence = mark.diagnosis.sentence if mark.diagnosis else _NONE_EXPLAINS
    return f"{sentence}; {mark.terms}" if mark.terms else sentence


def _cells(mark: Mark) -> dict[str, str]:
    found = mark.counterexample
    return {
        "mark": mark.grade.value,
        "decided": mark.decided,
        "mistake": mark.diagnosis.mistake if mark.diagnosis else "",
        "explanation": _explanation(mark),
        "counterexample": _counterexample(found) if found else "",
    }


def _counterexample(found: Counterexample) -> str:
    at = ", ".join(f"{name} = {number_text(value)}" for name, value in found.point.items())
    derivative, claim = _values(found)
    given = "has no value" if claim is None else f"gives {claim}"
    place = f"at {at} " if at else ""
    return f"{place}the derivative is {derivative}, the claim {given}"


def _values(found: Counterexample) -> tuple[str, str | None]:
    """Both values in 10 digits, in more where those are the same; None for a claim without."""
    for digits in _DIGITS:
        texts = [decimal(v, digits).removesuffix(".0") for v in (found.derivative, found.claim)]
        if texts[0] != texts[1]:
            break
    return texts[0], None if mpmath.isnan(found.claim) else texts[1]


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]
