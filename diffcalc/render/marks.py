"""A mark as a table, as plain lines, as JSON, CSV or TSV, and as one word; answers one by one."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, TextIO

import mpmath
from rich.text import Text

from diffcalc.base.decimals import decimal
from diffcalc.base.encoded import legible
from diffcalc.base.severity import Severity
from diffcalc.exercises import Counterexample, Grade, Mark
from diffcalc.exercises.answers import Answer
from diffcalc.exercises.mark import BY_A_POINT, EXACTLY
from diffcalc.language.expression import function_name
from diffcalc.language.printing import number_text
from diffcalc.render.console import console_on
from diffcalc.render.json import numbers
from diffcalc.render.kept import Cells, keys
from diffcalc.render.lines import JsonObject, csv_line, json_line
from diffcalc.render.reasons import known_sentence
from diffcalc.render.wording import differential

ADDED = ("mark", "decided", "mistake", "explanation", "counterexample")
"""The columns that marking adds to those of the answers."""
OURS = (
    "variable", "derivative", "mark", "decided", "known", "counterexample", "terms", "mistake",
    "rule", "statement", "explanation",
)  # fmt: skip
"""The keys that it adds in JSON."""

_NONE_EXPLAINS = "no common mistake explains it"
_STYLES = {grade: "green" for grade in Grade if grade.severity is Severity.FINE}
_STYLES[Grade.WRONG] = "red"
# Beyond these, two values that differ are not read digit by digit, but their difference in a few.
_DIGITS = (10, 20)
_FEW = 6


def table(marks: Sequence[Mark], stream: TextIO) -> None:
    """Writes marks in sentences, in colour."""
    for place, mark in enumerate(marks):
        if place:
            stream.write("\n")
        _sentences(mark, stream)


def _sentences(mark: Mark, stream: TextIO) -> None:
    console = console_on(stream)
    variables = mark.expression.variables
    name = function_name(variables)
    slope = differential(name, [*mark.before, mark.variable], len(variables) > 1)
    console.print(Text(f"{name}({', '.join(variables)}) = ").append(str(mark.expression), "bold"))
    console.print(Text(f"claim: {slope} = ").append(str(mark.claim), "bold"))
    console.print()
    line = Text(mark.grade.value, _STYLES.get(mark.grade, "yellow"))
    console.print(line.append(f": {_reason(mark)}", "default"))
    if _ground(mark):
        console.print(Text(_ground(mark)))
    if mark.grade is Grade.WRONG:
        if mark.terms:
            console.print(Text(_capital(str(mark.terms))))
        console.print(Text(_capital(_mistake(mark))))
        console.print(Text(f"{slope} = {mark.derivative}", "bold cyan"))


def plain(marks: Sequence[Mark], stream: TextIO) -> None:
    """Writes marks, a line for each column that has something to say."""
    for mark in marks:
        said = _asked(mark) | _cells(mark)
        stream.writelines(f"{name}: {text}\n" for name, text in said.items() if text)


class AnswerWriter(ABC):
    """Writes answers with their marks, a line each.

    The columns of the answers are kept, but for those of an earlier marking.
    """

    cells: Cells = "left out"

    def __init__(self, columns: Sequence[str], write: Callable[[str], object]) -> None:
        self._places = _kept([cell.strip() for cell in columns])
        self._write = write
        self.begin(self.kept(columns))

    @classmethod
    def all(cls, marks: Sequence[Mark], stream: TextIO) -> None:
        """Writes marks that are not of a table in the same way."""
        writer = cls(list(_asked(marks[0])), stream.write)
        for mark in marks:
            writer.write(Answer(list(_asked(mark).values()), mark))

    def kept(self, cells: Sequence[str]) -> list[str]:
        """The cells of a row that are written again."""
        return [cells[place] for place in self._places]

    def begin(self, header: list[str]) -> None:  # noqa: B027 - most begin with nothing
        """Takes the names of the columns that are kept."""

    def write(self, answer: Answer) -> None:
        """Writes one row."""
        self._write(self.line(answer) + "\n")

    @abstractmethod
    def line(self, answer: Answer) -> str:
        """One row, without its end."""


class CsvAnswers(AnswerWriter):
    """The columns that are kept, and ours behind them."""

    cells = "bytes"
    delimiter = ","

    def begin(self, header: list[str]) -> None:
        self._write(csv_line([*header, *ADDED], self.delimiter) + "\n")

    def line(self, answer: Answer) -> str:
        added = _cells(answer.mark) if answer.mark else _unmarked(answer)
        cells = [*self.kept(answer.cells), *(added.get(name, "") for name in ADDED)]
        return csv_line(cells, self.delimiter)


class TsvAnswers(CsvAnswers):
    """The same between tabs."""

    delimiter = "\t"


class JsonAnswers(AnswerWriter):
    """The columns that are kept give way to our own keys and to one another (see `kept.keys`)."""

    cells = "escaped"

    def begin(self, header: list[str]) -> None:
        self._keys = keys(header, OURS)

    def line(self, answer: Answer) -> str:
        added = _object(answer.mark) if answer.mark else _unmarked(answer)
        table = dict(zip(self._keys, map(legible, self.kept(answer.cells)), strict=True))
        return json_line(table | added)


class ValueAnswers(AnswerWriter):
    """One word."""

    def line(self, answer: Answer) -> str:
        return answer.word


def _asked(mark: Mark) -> dict[str, str]:
    return {"expression": str(mark.expression), "claim": str(mark.claim)}


def _unmarked(answer: Answer) -> JsonObject:
    return {"mark": answer.word, "explanation": answer.error}


def _kept(names: Sequence[str]) -> list[int]:
    """The places of all columns but those of an earlier marking, which stand in one run.

    One alone, as `mark`, is the teacher's own.
    """
    places = range(len(names))
    starts = [place for place in places if tuple(names[place : place + len(ADDED)]) == ADDED]
    earlier = {start + offset for start in starts for offset in range(len(ADDED))}
    return [place for place in places if place not in earlier]


def _object(mark: Mark) -> JsonObject:
    found, diagnosis, terms = mark.counterexample, mark.diagnosis, mark.terms
    rule = diagnosis and diagnosis.rule
    values: tuple[Any, ...] = (
        ", ".join([*mark.before, mark.variable]),
        mark.derivative,
        mark.grade.value,
        mark.decided,
        mark.known or None,
        found and _counterexample_object(found),
        terms and {"claimed": list(terms.claimed), "right": list(terms.right)},
        diagnosis and diagnosis.mistake,
        rule and rule.name,
        rule and rule.statement,
        _explanation(mark) or None,
    )
    return dict(zip(OURS, values, strict=True))


def _counterexample_object(found: Counterexample) -> JsonObject:
    return (
        {"at": {name: float(value) for name, value in found.point.items()}}
        | numbers("derivative", float(found.derivative), "beyond float64")
        | numbers("claim", float(found.claim), "no value")
        | {"text": _counterexample(found)}
    )


def _reason(mark: Mark) -> str:
    """How the mark was found, with the point that shows it."""
    found = mark.counterexample and _counterexample(mark.counterexample)
    if mark.grade is Grade.WRONG:
        return f"{found or 'a matrix of this shape is in the other layout'}."
    if mark.grade is Grade.UNDECIDED:
        return f"{found or 'no point was found where both have a value'}."
    equal = f"equal to {mark.derivative}"
    if mark.grade is Grade.ROUNDED:
        return f"{equal} {mark.decided}."
    return f"{equal}; {found}." if found else f"{equal}."


def _ground(mark: Mark) -> str:
    """How the mark is known, in a sentence; "" where nothing is."""
    way = f"the enclosures of both agree {mark.decided}"
    if mark.grade is Grade.ROUNDED:
        way = "the exact numbers were found at points"
    if mark.decided == EXACTLY:
        way = "the normal form of the difference is 0"
        if mark.known == "observed":
            way += "; where each has a value was compared at points only"
    if mark.decided == BY_A_POINT:
        way = "the enclosure of the difference there does not contain 0"
    return known_sentence(mark.known, way, ()) if mark.known else ""


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
        "known": mark.known,
        "mistake": mark.diagnosis.mistake if mark.diagnosis else "",
        "explanation": _explanation(mark),
        "counterexample": _counterexample(found) if found else "",
    }


def _counterexample(found: Counterexample) -> str:
    at = ", ".join(f"{name} = {number_text(value)}" for name, value in found.point.items())
    derivative, given = _values(found)
    place = f"at {at} " if at else ""
    return f"{place}the derivative is {derivative}, the claim {given}"


def _values(found: Counterexample) -> tuple[str, str]:
    """Both values in 10 digits, in 20 where those are the same; else how far they are apart."""
    for digits in _DIGITS:
        texts = [decimal(v, digits).removesuffix(".0") for v in (found.derivative, found.claim)]
        if mpmath.isnan(found.claim):
            return texts[0], f"has no value{f', as {found.without} has none' * bool(found.without)}"
        if texts[0] != texts[1]:
            return texts[0], f"gives {texts[1]}"
    word = "more" if found.more > 0 else "less"
    return texts[0], f"gives {mpmath.nstr(abs(found.more), _FEW)} {word}"


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]
