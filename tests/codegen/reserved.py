"""Makes `diffcalc/codegen/reserved.txt` from what the languages say of themselves.

    python -m tests.codegen.reserved > diffcalc/codegen/reserved.txt

C: the preprocessor's macros and declarations of every header of the standard, in both dialects of
gcc (the GNU one has `linux` and `M_PI`), and the functions that gcc has built in. Rust: the pages on keywords and on the prelude that come
with the compiler. Keywords of C, C++ and Julia are tables in their standards and manual.
"""

import os
import re
import subprocess
import sys
import textwrap
from functools import cache
from pathlib import Path

_HEADERS = (
    "assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal "
    "stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath "
    "threads time uchar wchar wctype"
)
# ISO/IEC 9899:2024, 6.4.1, and ISO/IEC 14882:2024, [lex.key]; `asm` and `typeof` are GNU's too.
_C_KEYWORDS = (
    "alignas alignof auto bool break case char const constexpr continue default do double else "
    "enum extern false float for goto if inline int long nullptr register restrict return short "
    "signed sizeof static static_assert struct switch thread_local true typedef typeof "
    "typeof_unqual union unsigned void volatile while asm main and and_eq bitand bitor catch "
    "char8_t char16_t char32_t class co_await co_return co_yield compl concept const_cast consteval "
    "constinit decltype delete dynamic_cast explicit export friend mutable namespace new noexcept "
    "not not_eq operator or or_eq private protected public reinterpret_cast requires static_cast "
    "template this throw try typeid typename using virtual wchar_t xor xor_eq"
)
# The manual's "Keywords"; then constants, which no function may be called; then what code needs.
_JULIA = (
    "baremodule begin break catch const continue do else elseif end export false finally for "
    "function global if import in isa let local macro module quote return struct true try using "
    "where while abstract mutable primitive type outer public "
    "pi im Inf Inf16 Inf32 Inf64 NaN NaN16 NaN32 NaN64 missing nothing undef ans ARGS ENV "
    "Float64 Float32 Float16 Int Bool Any Nothing Missing Base Core Main exp"
)


def _preprocessed(headers: str, *options: str) -> str:
    source = "\n".join(f"#include <{name}.h>" for name in headers.split())
    done = subprocess.run(
        ["gcc", "-x", "c", "-E", *options, "-"],
        input=source, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def macros(headers: str, dialect: str) -> set[str]:
    """The macros that take no operands, the compiler's own too."""
    return _public(re.findall(r"(?m)^#define (\w+)\b(?!\()", _defined(headers, dialect)))


def _defined(headers: str, dialect: str) -> str:
    return _preprocessed(headers, "-dM", f"-std={dialect}")


def declared(headers: str, dialect: str) -> set[str]:
    """All other names: functions, macros with operands, types and variables."""
    code = re.sub(r'"[^"]*"', "", _preprocessed(headers, "-P", f"-std={dialect}"))
    variable = r"(?:typedef|extern)\b[^;{}()]*?(\w+)(?:\[[^]]*\])?\s*;"
    calls = re.findall(r"(?m)^#define (\w+)\(", _defined(headers, dialect))
    patterns = (r"(\w+)\s*\(", variable, r"\b(\w+_t)\b")
    return _public([*calls, *[name for pattern in patterns for name in re.findall(pattern, code)]])


def builtins() -> set[str]:
    """The functions that the compiler knows without a header: it says so where one is redefined."""
    where = subprocess.run(
        ["gcc", "-print-prog-name=cc1"], capture_output=True, text=True, check=True
    ).stdout.strip()
    candidates = re.findall(rb"__builtin_([a-z]\w+)\0", Path(where).read_bytes())
    names = {name.decode() for name in candidates} - {*_C_KEYWORDS.split()}
    source = "\n".join(f"float {name}(float a, float b, char *c, char d);" for name in names)
    told = subprocess.run(
        ["gcc", "-x", "c", "-fsyntax-only", "-"],
        input=source, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"},
    ).stderr  # fmt: skip
    # Those of other precisions, acosf128 and fabsd64, are as many again, and nobody's.
    found = _public(re.findall(r"conflicting types for built-in function '(\w+)'", told))
    return {name for name in found if not re.search(r"[fd]\d+x?$", name)}


def _public(names: list[str]) -> set[str]:
    return {name for name in names if name[0].isalpha()}


@cache
def c_words() -> tuple[frozenset[str], frozenset[str]]:
    """What neither variables nor functions may be called in C, and what functions may not be."""
    both = {*_C_KEYWORDS.split(), *declared("math", "gnu17")}
    functions = builtins()
    for dialect in ("c17", "gnu17"):
        both |= macros(_HEADERS, dialect)
        functions |= declared(_HEADERS, dialect)
    return frozenset(both), frozenset(functions - both)


def rust_words() -> frozenset[str]:
    """Rust's keywords, and all that needs no import."""
    root = subprocess.run(
        ["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True
    ).stdout.strip()
    pages = Path(root, "share", "doc", "rust", "html")
    # A type and a function may share a name; code has f64::sin and std::f64 in it.
    found: set[str] = {"std", "main", "f64"}
    for page, shown in (
        ("reference/keywords.html", r"<code[^>]*>([A-Za-z]\w*)</code>"),
        ("std/prelude/index.html", r">([A-Za-z]\w*)</a>"),
    ):
        main = (pages / page).read_text(encoding="utf-8").partition("<main")[2]
        found |= set(re.findall(shown, main))
    return frozenset(found - {"Sections", "Modules", "Source", "v1"})


def _section(title: str, words: frozenset[str]) -> str:
    lines = textwrap.wrap(" ".join(sorted(words)), 100, break_on_hyphens=False)
    return "\n".join([f"[{title}]", *lines, ""])


def main() -> None:
    both, functions = c_words()
    sections = {
        "c": both,
        "c functions": functions,
        "julia": frozenset(_JULIA.split()),
        "rust": rust_words(),
    }
    sys.stdout.writelines(_section(title, words) for title, words in sections.items())


if __name__ == "__main__":
    main()
