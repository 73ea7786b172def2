"""The texts of the corpus, and what the reader makes of a text."""

import json
from pathlib import Path

from diffcalc.base.errors import DiffcalcError, ReadError
from diffcalc.language.expression import Expression
from diffcalc.language.grammar import read

CORPUS = Path(__file__).parent / "corpus"


def load(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (CORPUS / name).read_text().splitlines()]


def corpus_text(case: dict[str, object]) -> str:
    """The text of a hostile case, which may be given as parts and how often each is repeated."""
    parts = case.get("parts")
    if isinstance(parts, list):
        return "".join(text * times for text, times in parts)
    return str(case["expr"])


HOSTILE = load("hostile.jsonl")
FRIENDLY = load("friendly.jsonl")


def refusal(text: str) -> str | None:
    """What the reader says of a text it refuses; None where it reads it."""
    try:
        read(text)
    except DiffcalcError as error:
        return str(error)
    return None


def read_or_skip(text: str) -> Expression | None:
    """The expression, or None where random constants made no number (a division by 0)."""
    try:
        return read(text)
    except ReadError:
        return None
