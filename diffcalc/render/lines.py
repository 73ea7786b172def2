"""A line of a table and a line of JSON, as every result is written in them."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from diffcalc.base.numbers import Real

Json: TypeAlias = "Real | str | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = dict[str, Json]


def csv_line(cells: Iterable[object], delimiter: str = ",") -> str:
    """The cells as in RFC 4180, without the line's end."""
    text = io.StringIO(newline="")
    # The csv module quotes what has a character of the line's end in it: also half of this one,
    # which would end a line when it is read.
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerow(cells)
    return text.getvalue().removesuffix("\r\n")


def json_line(content: Mapping[str, Json]) -> str:
    """The object in one line; a number that JSON cannot hold is a fault of the caller's."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False)
