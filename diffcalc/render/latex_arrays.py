r"""Formulas of vectors and matrices in LaTeX: a vector is a column, its transpose a row.

In diffcalc, as in NumPy, a vector is neither: `x @ A @ x` is typeset x^T A x, and `x @ A`, a vector
again, A^T x. Differentials are upright, and <w, du> is an inner product.
"""

import re
from collections.abc import Iterator, Mapping

from diffcalc.base.errors import DiffcalcError
from diffcalc.language.expression import Expression, Node
from diffcalc.language.grammar import read
from diffcalc.language.latex import name, names_in, typeset_nodes, verbatim
from diffcalc.language.point import split
from diffcalc.language.shapes import Shape, moves

_WORD = re.compile(r"[^\W\d]\w*")
_DIFFERENTIAL = re.compile(r"\bd\(")
_CONSTANT = re.compile(r"\b(eye|ones)(?:\(([^()]*)\)|(?![\w(]))")
_PAD = re.compile(r"\bpad\(")
_NONE = r"0, 0\right)"
_SHOWN = {"eye": "I", "ones": r"\mathbf{1}"}
_PRODUCTS = re.compile(r" \+ (?=<)")
# The size of what the letters of a rule stand for.
_SOME = 5
# Statements with what is no formula of the language: a derivative as f', an index as a letter.
STATEMENTS = {
    "df = sum(G*dx) => ∇f = G": r"\mathrm{d}f = \left\langle G, \mathrm{d}x\right\rangle"
    r" \Rightarrow \nabla f = G",
    "d u[i:j] = du[i:j]": r"\mathrm{d}u_{i:j} = \left(\mathrm{d}u\right)_{i:j}",
    "<w, du[i:j]> = <pad(w, i, n - j), du>": r"\left\langle w, \left(\mathrm{d}u\right)_{i:j}"
    r"\right\rangle = \left\langle \operatorname{pad}(w, i, n - j), \mathrm{d}u\right\rangle",
    "d pad(u, i, j) = pad(du, i, j)": r"\mathrm{d} \operatorname{pad}(u, i, j)"
    r" = \operatorname{pad}(\mathrm{d}u, i, j)",
    "<w, pad(du, i, j)> = <w[i:n - j], du>": r"\left\langle w, \operatorname{pad}"
    r"(\mathrm{d}u, i, j)\right\rangle = \left\langle w_{i:n - j}, \mathrm{d}u\right\rangle",
    "d expand_dims(u, k) = expand_dims(du, k)": r"\mathrm{d} \operatorname{expand\_dims}(u, k)"
    r" = \operatorname{expand\_dims}(\mathrm{d}u, k)",
    "<w, expand_dims(du, k)> = <sum(w, axis=k), du>": r"\left\langle w, \operatorname{expand\_dims}"
    r"(\mathrm{d}u, k)\right\rangle = \left\langle \operatorname{sum}_{k}(w), \mathrm{d}u"
    r"\right\rangle",
    "d [u, v] = [du, dv]": r"\mathrm{d}[u, v] = [\mathrm{d}u, \mathrm{d}v]",
    "D where(c, u, v) = where(c, Du, Dv)": r"\mathrm{D} \begin{cases} u & \text{if } c \\ "
    r"v & \text{otherwise} \end{cases} = \begin{cases} \mathrm{D}u & \text{if } c \\ "
    r"\mathrm{D}v & \text{otherwise} \end{cases}",
    "F(x, y) = 0: dy/dx = -F_x/F_y": r"F(x, y) = 0: \frac{\mathrm{d}y}{\mathrm{d}x} = "
    r"-\frac{F_{x}}{F_{y}}",
    "d u[i] = du[i]": r"\mathrm{d}u_{i} = \left(\mathrm{d}u\right)_{i}",
    "<w, du[i]> = <pad([w], i, n - i - 1), du>": r"\left\langle w, \left(\mathrm{d}u\right)_{i}"
    r"\right\rangle = \left\langle \operatorname{pad}([w], i, n - i - 1), \mathrm{d}u"
    r"\right\rangle",
    "d f(u) = f'(u)*du": r"\mathrm{d}f(u) = f'(u) \odot \mathrm{d}u",
    "d f(u, v) = D_u f*du + D_v f*dv": r"\mathrm{d}f(u, v) = "
    r"\mathrm{D}_{u} f \odot \mathrm{d}u + \mathrm{D}_{v} f \odot \mathrm{d}v",
}
# Beside a differential two factors are kept apart: dA B is no product of three.
_THIN = re.compile(
    r"(?<=[\w})]) (?=\\mathrm\{d\})(?<!dot )|(?<=\\mathrm\{d\}[A-Za-z]) (?=[A-Za-z]|\\left\()"
)
_RELATION = re.compile(" (=>?) ")
# Behind an equation, what its letters are, in words.
_REST = re.compile(r"(?:, (?=\w+ (?:=|for) )| (?=where )).*")


class Matrices:
    """Formulas of variables of these shapes."""

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self._shapes = dict(shapes)
        # Texts have a letter for a size that is not known, the same for all.
        self._size = next((size for shape in shapes.values() for size in shape), _SOME)
        for known in shapes:
            self._shapes.setdefault(f"d{known}", shapes[known])
        self._names = {f"d{known}": rf"\mathrm{{d}}{name(known)}" for known in shapes}

    def formula(self, text: str) -> str:
        """A formula as the steps have it; as it is where it is none."""
        try:
            if text.startswith("<"):
                return " + ".join(map(self._product, _PRODUCTS.split(text)))
            return self._formula(text)[0]
        except (DiffcalcError, KeyError):
            return verbatim(text)

    def statement(self, text: str) -> str:
        """What a rule says, as mathematics between dollars; words as they are."""
        words = _REST.search(text)
        equation = text[: words.start()] if words else text
        shown = STATEMENTS.get(equation)
        if shown is None:
            parts = [self._side(part) for part in _RELATION.split(equation)]
            shown = " ".join(parts)
        return f"${shown}${words[0] if words else ''}"

    def _side(self, text: str) -> str:
        if text in ("=", "=>"):
            return text.replace("=>", r"\Rightarrow")
        if text.startswith("d "):
            return rf"\mathrm{{d}} {self.formula(text[2:])}"
        return self.formula(text)

    def _product(self, text: str) -> str:
        inside = [self._formula(piece.strip())[0] for piece, _ in split(text[1:-1], 0)]
        return rf"\left\langle {', '.join(inside)} \right\rangle"

    def _formula(self, text: str) -> tuple[str, Shape]:
        """A formula in LaTeX, and its shape."""
        names, shapes = dict(self._names), dict(self._shapes)

        def standing(shown: str, shape: Shape) -> str:
            """A word for a part that is no formula of the language."""
            word = f"part{len(names)}"
            names[word], shapes[word] = shown, shape
            return word

        while padded := _of_unknown_size(text):
            start, end, array, *counts = padded
            shown, shape = self._formula(f"pad({array}, 0, 0)")
            behind = ", ".join(self._formula(count)[0] for count in counts)
            shown = rf"{shown.removesuffix(_NONE)}{behind}\right)"
            word = standing(shown, (self._size, *shape[1:]))
            text = f"{text[:start]}{word}{text[end:]}"
        text = _CONSTANT.sub(lambda m: standing(_SHOWN[m[1]], self._sizes(m[1], m[2])), text)
        while found := _DIFFERENTIAL.search(text):
            end = _closing(text, found.end())
            inner, shape = self._formula(text[found.end() : end])
            word = standing(rf"\mathrm{{d}}\left({inner}\right)", shape)
            text = f"{text[: found.start()]}{word}{text[end + 1 :]}"
        words = names_in(text)
        program = read(text, declared=words, checked=False)
        # Letters for sizes, and those of a chain rule within an elementwise part.
        found_shapes = [one.shape for one in moves(program, dict.fromkeys(words, ()) | shapes)]
        nodes = _Columns(program, found_shapes).nodes
        return _THIN.sub(r"\\,", typeset_nodes(nodes, names)), found_shapes[-1]

    def _sizes(self, constant: str, sizes: str | None) -> Shape:
        texts = [size.strip() for size in (sizes or "n").split(",")]
        given = [int(text) if text.isdecimal() else self._size for text in texts]
        return (given[0], given[-1]) if constant == "eye" else tuple(given)


def _of_unknown_size(text: str) -> tuple[int, int, str, str, str] | None:
    """Where a call of `pad` stands that has a letter among its counts, and its arguments."""
    for found in _PAD.finditer(text):
        end = _closing(text, found.end())
        array, *counts = (piece.strip() for piece, _ in split(text[found.end() : end], 0))
        if not all(map(str.isdecimal, counts)):
            return found.start(), end + 1, array, counts[0], counts[1]
    return None


def _closing(text: str, start: int) -> int:
    """Where the bracket ends that is open at `start`."""
    depth = 1
    for place in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if not depth:
            return place
    raise KeyError(text)


class _Columns:
    """A program in which every vector is a column: products have their transposes."""

    def __init__(self, program: Expression, shapes: list[Shape]) -> None:
        self._ranks = [len(shape) for shape in shapes]
        self._old = program.nodes
        self.nodes: list[Node] = []
        self._columns: list[int] = []
        for index, node in enumerate(program.nodes):
            self._columns.append(self._column(index, node))
        if self._columns[-1] != len(self.nodes) - 1:
            # The last node is the result.
            self.nodes.append(self.nodes[self._columns[-1]])

    def _add(self, operation: str, *operands: int) -> int:
        self.nodes.append(Node(operation, operands))
        return len(self.nodes) - 1

    def _column(self, index: int, node: Node) -> int:
        operands = [self._columns[i] for i in node.operands]
        ranks = [self._ranks[i] for i in node.operands]
        if node.operation == "transpose" and ranks[0] < 2:
            return operands[0]
        if node.operation == "mul" and all(ranks):
            return self._add("hadamard", *operands)
        if node.operation == "outer" and max(ranks) < 2:
            return self._times(operands[0], self._transposed(operands[1]))
        if node.operation in ("matmul", "dot"):
            left, right = operands
            if ranks == [1, 2]:
                return self._times(self._transposed(right), left)
            return self._times(self._transposed(left) if ranks[0] == 1 else left, right)
        self.nodes.append(node._replace(operands=tuple(operands)))
        return len(self.nodes) - 1

    def _times(self, left: int, right: int) -> int:
        """A product of matrices, whose factors need no brackets."""
        if self.nodes[right].operation in ("matmul", "chain"):
            first, last = self.nodes[right].operands
            return self._times(self._times(left, first), last)
        chain = self.nodes[left].operation in ("matmul", "chain")
        return self._add("chain" if chain else "matmul", left, right)

    def _transposed(self, index: int) -> int:
        """The transpose: of a product the transposes in the other order, of a transpose itself."""
        node = self.nodes[index]
        if node.operation == "transpose":
            return node.operands[0]
        if node.operation in ("matmul", "chain"):
            left, right = node.operands
            return self._times(self._transposed(right), self._transposed(left))
        return self._add("transpose", index)


def letters(statement: str) -> Mapping[str, Shape]:
    """The shapes of the letters of a rule: capitals are matrices, and c is a number."""
    found = {word[-1] for word in _WORD.findall(statement) if len(word) == 1 or word[0] == "d"}
    return dict(_letter_shapes(found))


def _letter_shapes(found: set[str]) -> Iterator[tuple[str, Shape]]:
    for letter in found:
        yield letter, () if letter == "c" else (_SOME, _SOME) if letter.isupper() else (_SOME,)
