"""What a file is that is no text, by its first bytes, and how to get text out of it."""

import re

_SHEET = "in the spreadsheet program, save the sheet as CSV (UTF-8), and give that"
_PACKED = "unpack it first: of what is packed, only gzip and zstd are read"
_OTHER = "a table is text (.csv, .tsv, JSON Lines), Parquet, Arrow or an array of numpy (.npy)"
# No column has such a name. The first that fits counts: a workbook is a zip archive too.
_KINDS = {
    rb"PK\x03\x04.*(\[Content_Types\]|_rels/|xl/|opendocument)": (
        "a workbook, as .xlsx is",
        _SHEET,
    ),
    rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": ("a workbook, as .xls is", _SHEET),
    rb"PK(\x03\x04|\x05\x06)": ("a zip archive", _PACKED),
    rb"BZh\d1AY": ("packed by bzip2", _PACKED),
    rb"\xfd7zXZ": ("packed by xz", _PACKED),
    rb"7z\xbc\xaf": ("packed by 7-Zip", _PACKED),
    rb"%PDF-": ("a PDF document", _OTHER),
    rb"PAR1\x15": ("a Parquet file", _OTHER),
    rb"ARROW1\0": ("an Arrow file", _OTHER),
    rb"\x89HDF": ("an HDF5 file", _OTHER),
    rb"SQLite format 3\0": ("a SQLite database", _OTHER),
    rb"\x89PNG|\xff\xd8\xff|GIF8[79]a": ("a picture", _OTHER),
    rb"\x7fELF|MZ\x90\0": ("a program", _OTHER),
    rb"(\xef\xbb\xbf)?\s*(?i:<!doctype html|<html)": ("a page of HTML", _OTHER),
}


def kind(start: bytes) -> tuple[str, str] | None:
    """What begins like this, and what to do about it; None where it may be text, or an array."""
    for pattern, found in _KINDS.items():
        if re.match(pattern, start, re.DOTALL):
            return found
    return None
