"""Tables for a terminal, by rich. Every table fits 80 columns: numbers lose digits first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

import mpmath
from rich import box
from rich.cells import cell_len
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from diffcalc.base.errors import printable, shortened
from diffcalc.base.types import FloatArray
from diffcalc.comparison.verdict import Verdict
from diffcalc.language.array_operations import shape_text
from diffcalc.language.expression import Expression, function_name
from diffcalc.language.point import Point, Values
from diffcalc.render.console import console_on, fits
from diffcalc.render.convergence import limit_line, marks_note, table_of
from diffcalc.render.elements import GAP, STYLES, laid_out
from diffcalc.render.reasons import known_sentences, sentence, told
from diffcalc.render.renderer import Definitions, Options, Renderer
from diffcalc.render.wording import (
    MOST_NAMES,
    beside_matrix,
    chain_left,
    closing_text,
    counted,
    derivative,
    differential,
    directions_text,
    domain_text,
    equation,
    exact_text,
    first,
    formula_text,
    formulas,
    found_text,
    function_text,
    kept_text,
    lets_text,
    line_text,
    location_text,
    many_text,
    matrix_sequences,
    nested,
    quotient_text,
    reason_text,
    result_name,
    retain_text,
    rule_text,
    short,
    shown_closing,
    shown_sequences,
    shown_steps,
    side_text,
    slope_name,
    slope_parts,
    slope_rule,
    slopes_text,
    smooth_text,
)

if TYPE_CHECKING:
    from diffcalc.comparison.chain_rule import Chain, Links
    from diffcalc.comparison.compare import Comparison
    from diffcalc.comparison.gradient import Gradient
    from diffcalc.comparison.implicit import Slope
    from diffcalc.comparison.many_elements import Many
    from diffcalc.comparison.matrices import Matrix
    from diffcalc.comparison.partial_derivatives import Element, Partial, Quotients
    from diffcalc.comparison.scan import Scan
    from diffcalc.symbolic.steps.proofs import Proof
    from diffcalc.symbolic.steps.working import Working

# More would scroll what matters off a small screen; what does not agree is shown in any case.
_MOST_ROWS = 12
# A matrix loses digits first; with fewer than three, a number says too little.
_PRECISIONS = (16, 14, 12, 10, 8, 7, 6, 5, 4, 3)
# Numbers in a line; of more only the shape is said.
_MOST_VALUES = 40
# A screen of formula, and two lines of a tensor.
_LONGEST_FORMULA, _LONGEST_TENSOR = 2_000, 200
# What a branch of a tree is moved to the right.
_INDENT = 4


class TableRenderer(Renderer):
    """Tables and trees. User text never passes through rich's markup."""

    def __init__(self, stream: TextIO, options: Options) -> None:
        super().__init__(stream, options)
        self.console = console_on(stream)
        # Asked for once; rich would ask the terminal before every line.
        self.console.size = self.console.size

    # -- grad, hessian, jacobian -------------------------------------------------------------------

    def comparison(self, result: Comparison, links: Links | None = None) -> None:
        name = result_name(result.expression, links and links.chain)
        self._heading(name, result.expression, result.point)
        if links is not None:
            self._lets(links.chain)
        self.console.print(_labelled(f"{name} = ", _array_text(result.value)))
        self.console.print()
        if result.verdict is Verdict.AGREE:
            self._verdict("", Verdict.AGREE, sentence(result.elements[0].judgement))
        self._reasons(result)
        self._known(result.elements)
        self.console.print()
        self._blocks(_blocks(name, result, len(result.expression.variables) > 1))
        self._exact(result.elements)
        if links is not None:
            self._links(links, name)
        shown = shown_sequences(result.elements, self.options)
        for element in shown:
            self.console.print()
            self._sequence(name, element)
        left_out = len(result.elements) - len(shown)
        if shown and left_out:
            note = f"{left_out} more such sequence{'s' * (left_out > 1)}: --sequences all"
            self.console.print(Text(note, "dim"))

    def gradient(self, result: Gradient, lets: Chain | None = None) -> None:
        name = result_name(result.expression, lets)
        self._function(name, result.expression)
        if lets is not None:
            self._lets(lets)
        self.console.print()
        several = len(result.expression.variables) > 1
        for partial in result.partials:
            of = function_text(name, result.expression, result.rank, partial)
            self._formula(differential(of, partial.variables, several), partial)
        self.console.print()
        for line in filter(None, [result.note, result.hint]):
            self.console.print(Text(f"{line}.", "dim"))

    def _lets(self, lets: Chain) -> None:
        self.console.print(Text(f"with {shortened(lets_text(lets), _LONGEST_FORMULA)}"))

    def _formula(self, heading: str, partial: Partial) -> None:
        formula = Text(f"{heading} = ", "bold")
        self.console.print(formula + Text(formula_text(partial), "bold cyan"))

    def _links(self, links: Links, name: str) -> None:
        if links.products:
            self.console.print()
            self.console.print(
                Text("chain rule: dy/dx is the sum over all u of dy/du*du/dx", "bold")
            )
            if links.formulas:
                self.console.print(Text(shortened(slopes_text(links, name), _LONGEST_FORMULA)))
            self.console.print(_products(links))
        self.console.print()
        self.console.print(Text("the tape after the walk back", "bold"))
        self.console.print(_tape(links))
        if retain_text(links):
            self.console.print(Text(f"{retain_text(links)}.", "dim"))

    def matrix(self, result: Matrix) -> None:
        for name, comparison in result.shown:
            self._function(name, comparison.expression)
        self._point(result.point)
        for name, comparison in result.shown:
            self.console.print(_labelled(f"{name} = ", _array_text(comparison.value)))
        self.console.print()
        if result.verdict is Verdict.AGREE:
            self._verdict("", Verdict.AGREE, "every entry exists, and all three methods give it")
        for name, comparison in result.compared:
            self._reasons(comparison, f"{name}: " if len(result.compared) > 1 else "")
        if result.joint is not None:
            self._verdict("", result.joint.verdict, sentence(result.joint))
        self._known(result.elements)
        self.console.print()
        for heading, formula, transposed in formulas(result):
            text = _labelled(f"{heading} = ", formula, "bold cyan")
            text.append(" in Jacobian layout, ").append(transposed, "bold cyan")
            self.console.print(text.append(" in gradient layout"))
        self.console.print(Text(f"{result.kind}, {result.layout}", "bold"))
        self._entries(result)
        self.console.print()
        several = len(result.columns) > 1
        self._blocks(
            [b for name, c in result.compared for b in _blocks(name, beside_matrix(c), several)]
        )
        self._exact(result.elements)
        for name, element in matrix_sequences(result, self.options):
            self.console.print()
            self._sequence(name, element)

    def _heading(self, name: str, expression: Expression, point: Point) -> None:
        self._function(name, expression)
        self._point({n: point[n] for n in expression.variables if n in point})

    def _function(self, name: str, expression: Expression) -> None:
        parameters = ", ".join(first(expression.variables))
        formula = shortened(str(expression), _LONGEST_FORMULA)
        self.console.print(_labelled(f"{name}({parameters}) = ", formula, "bold"))

    def _point(self, point: Point) -> None:
        texts = (f"{name} = {_values_text(values)}" for name, values in point.items())
        shown = ", ".join(first(list(texts)))
        self.console.print(Text(f"at {shown}"))

    def _entries(self, result: Matrix) -> None:
        """The matrix itself; numbers lose digits before they break."""
        table = Table(box=None)
        # To measure a wide table ten times takes longer than all else: at a digit each it may fit.
        may_fit = len(result.columns) * (1 + GAP) <= self.console.width
        for digits in _PRECISIONS if may_fit else _PRECISIONS[-1:]:
            table = Table(box=None, header_style="bold", padding=(0, GAP, 0, 0), pad_edge=False)
            table.add_column(style="bold")
            for name in result.columns:
                table.add_column(Text(name), justify="right", overflow="fold")
            for name, row in zip(result.rows, result.entries, strict=True):
                table.add_row(Text(f"  {name}"), *[_entry(element, digits) for element in row])
            if fits(self.console, table):
                break
        self.console.print(table)

    def _blocks(self, blocks: Sequence[tuple[str, Partial]]) -> None:
        """The partial derivatives of each formula below it, in columns that line up."""
        listed = [self._listed(partial) for _, partial in blocks]
        header, tables = laid_out(listed, self.console.width)
        if header is not None:
            self.console.print(header)
        for (heading, partial), block, table in zip(blocks, listed, tables, strict=True):
            self._formula(heading, partial)
            self.console.print(table)
            notes = [self._rest_text(partial, len(block)), directions_text(partial)]
            for text in filter(None, notes):
                self.console.print(Padding(Text(f"{text}.", "dim"), (0, 0, 0, 2)))
            if not partial.variables and partial.many is not None:
                self._gradient(partial.many)

    def _listed(self, partial: Partial) -> list[Element]:
        """The elements that have a row of their own: those with the worst verdicts, in order.

        The directions of very many have one beside.
        """
        elements = [e for e in partial.elements if not e.places[0].direction]
        if self.options.every or len(elements) <= _MOST_ROWS + 1:
            return list(partial.elements)
        # Sorting is stable: of equal verdicts the first ones stay.
        worst = sorted(elements, key=lambda e: -e.judgement.verdict.rank)[:_MOST_ROWS]
        kept = {id(element) for element in worst}
        return [e for e in partial.elements if id(e) in kept or e.places[0].direction]

    def _rest_text(self, partial: Partial, listed: int) -> str | None:
        """How many rows a block stands for, and with which verdicts; None where each has one."""
        if partial.many is not None:
            return f"{many_text(partial)}{'' if self.options.every else '; --all shows each'}"
        if listed == len(partial.elements):
            return None
        counts = Counter(element.judgement.verdict for element in partial.elements)
        return f"{counted(counts)}; --all shows each"

    def _gradient(self, many: Many) -> None:
        """The derivatives in the first of very many variables."""
        found = [f"{name} {short(float(g), 7)}" for name, g in many.derivatives.items()]
        text = f"gradient, all of it with --format value: {', '.join(first(found))}"
        self.console.print(Padding(Text(text), (0, 0, 0, 2)))

    def _reasons(self, result: Comparison, label: str = "") -> None:
        for names, verdict, why in told(result.elements, self.options.every):
            self._verdict(f"{label}{names}: ", verdict, why)
        if result.joint is not None:
            together = f"{label}{', '.join(result.expression.variables)} together: "
            self._verdict(together, result.joint.verdict, sentence(result.joint))

    def _exact(self, elements: Sequence[Element]) -> None:
        if self.options.digits:
            self.console.print()
            for element in elements:
                exact = exact_text(element, self.options.digits)
                self.console.print(_labelled(f"{element.name}: ", exact), soft_wrap=True)

    def _known(self, elements: Sequence[Quotients]) -> None:
        for text in known_sentences(elements):
            self.console.print(Text(f"{text}.", "dim"))

    def _verdict(self, label: str, verdict: Verdict, reason: str) -> None:
        text = Text(label)
        text.append(verdict.value, STYLES[verdict])
        self.console.print(text.append(f": {reason}."))

    # -- implicit ----------------------------------------------------------------------------------

    def slope(self, result: Slope) -> None:
        variables = result.equation.variables
        self.console.print(Text(str(result.equation), "bold"))
        self._point({name: result.point[name] for name in variables})
        function = f"F({', '.join(variables)}) = "
        self.console.print(_labelled(function, str(result.equation.difference)))
        for name, formula, value in slope_parts(result):
            text = _labelled(f"{name} = ", formula, "cyan")
            self.console.print(text.append(f" = {short(value)}" if short(value) != formula else ""))
        self.console.print()
        if result.partial is None:
            self._verdict("", result.judgement.verdict, sentence(result.judgement))
            return
        element = result.partial.elements[0]
        self._verdict("", element.judgement.verdict, sentence(element.judgement))
        self._known([element])
        self.console.print()
        self._blocks([(f"{slope_name(result)} = {slope_rule(result)}", result.partial)])
        self._exact([element])
        if self.options.sequences != "none":
            self.console.print()
            self._sequence(result.dependent, element)

    # -- scan --------------------------------------------------------------------------------------

    def scan(self, result: Scan) -> None:
        name = function_name(result.expression.variables)
        self._function(name, result.expression)
        others = ", ".join(f"{n} = {v}" for n, v in result.point.items())
        interval = f"{result.name} from {result.low} to {result.high}"
        self.console.print(Text(interval + (f", {others}" if others else "")))
        self.console.print()
        self.console.print(Text(f"{found_text(result)}", "green" if result.clean else "red"))
        if result.features:
            self.console.print(_features(result))
        if result.pieces and domain_text(result) != f"[{result.low}, {result.high}]":
            self.console.print(_labelled("defined on ", domain_text(result)))
        if smooth_text(result):
            self.console.print(Text(f"{smooth_text(result)}."))
        if result.notes:
            self.console.print()
            self.console.print(Text("What is not proved:", "dim"))
        for note in result.notes:
            self.console.print(Padding(Text(f"{note}.", "dim"), (0, 0, 0, 2)))

    # -- limit -------------------------------------------------------------------------------------

    def quotients(self, expression: Expression, point: Point, found: Sequence[Quotients]) -> None:
        name = function_name(expression.variables)
        self._heading(name, expression, point)
        for quotients in found:
            self.console.print()
            judgement = quotients.judgement
            self._verdict("", judgement.verdict, sentence(judgement))
            self._known([quotients])
            self.console.print()
            self._sequence(name, quotients)

    def _sequence(self, name: str, element: Quotients) -> None:
        convergence = element.convergence
        quotient = quotient_text(name, element.name, convergence.kind, convergence.order)
        self.console.print(_labelled(f"{convergence.kind} quotient ", quotient, "bold"))
        richardson = self.options.richardson
        if any(mpmath.isfinite(row.quotient) for row in convergence.rows):
            self.console.print(table_of(element, self.console, richardson=richardson))
        self.console.print(limit_line(element))
        note = marks_note(element, self.console)
        if note:
            self.console.print(Text(f"{note}.", "dim"))

    # -- steps and functions -----------------------------------------------------------------------

    def derivations(self, expression: Expression, found: Sequence[Working], note: str = "") -> None:
        level = self.options.level
        for working in found:
            branches: list[Tree] = []
            for depth, step, right in shown_steps(working, level):
                label = self._label(depth, equation(step, right), rule_text(step, level))
                tree = branches[depth - 1].add(label) if depth else Tree(label)
                branches = [*branches[:depth], tree]
            self.console.print(branches[0])
            for step in shown_closing(working, level):
                self.console.print(self._label(0, f"= {step.after}", closing_text(step)))
        if note:
            self.console.print(Text(note, "dim"))

    def _label(self, depth: int, text: str, rule: str) -> Text:
        """What a step says, and its rule beside it, or below it where it does not fit."""
        left, equals, right = text.partition("= ")
        label = Text(f"{left}{equals}").append(right, "cyan")
        room = self.console.width - _INDENT * depth - cell_len(text)
        gap = "   " if cell_len(rule) + 3 <= room else "\n  "
        return label.append(f"{gap}{rule}", "italic") if rule else label

    def proof(self, expression: Expression, found: Proof) -> None:
        for chain in found.chains:
            self.console.print(Text(chain_left(chain, found), "bold"))
            for line in chain.lines:
                label = self._label(1, f"= {line_text(line, found)}", reason_text(line))
                self.console.print(Padding(label, (0, 0, 0, 2)))
        if found.domain:
            self.console.print(Text(f"for {found.domain}", "dim"))

    def definitions(self, found: Definitions) -> None:
        for title, texts in (("the lecture's", found.built_in), ("yours", found.own)):
            if texts:
                self.console.print(Text(title, "bold"))
            for text in texts:
                self.console.print(Text(f"  {printable(text)}"))
        self.console.print(Text("elementary functions", "bold"))
        self.console.print(Padding(Text(" ".join(found.elementary)), (0, 0, 0, 2)))


def _simple_table(*headings: str) -> Table:
    """A table with numbers to the right, but for the first column."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(Text(heading), justify="right", overflow="fold")
    table.columns[0].justify = "left"
    return table


def _products(links: Links) -> Table:
    table = _simple_table("x is", "u is", "dy/du", "du/dx", "product")
    for place, products in links.sums[:_MOST_ROWS]:
        for number, product in enumerate(products):
            numbers = (product.outer, product.inner, product.value)
            label = "" if number else place.name
            table.add_row(label, product.through.name, *[short(n, 8) for n in numbers])
        total = Text(short(sum(product.value for product in products), 8), "bold cyan")
        table.add_row("", "", "", Text("sum", "bold"), total)
    left_out = len(links.sums) - _MOST_ROWS
    if left_out > 0:
        table.add_row(f"… {left_out} more")
    return table


def _tape(links: Links) -> Table:
    table = _simple_table("tensor", "value", "grad_fn", "grad")
    for column in table.columns[1:]:
        column.justify = "left"
    shown = links.tape if len(links.tape) <= MOST_NAMES else links.tape[:_MOST_ROWS]
    for kept in shown:
        name = f"{kept.name} = {kept.text}" if kept.name and kept.text else kept.name or kept.text
        grad = Text(kept_text(kept, 8), "dim" if kept.grad is None else "bold cyan")
        name = shortened(name, _LONGEST_TENSOR)
        table.add_row(Text(name), nested(kept.value, 8), kept.grad_fn or "None (a leaf)", grad)
    if len(shown) < len(links.tape):
        table.add_row(f"… {len(links.tape) - len(shown):,} more")
    return table


def _features(result: Scan) -> Table:
    table = _simple_table(result.name, "left slope", "right slope")
    table.columns[0].justify = "right"
    table.add_column("what", style="red")
    table.add_column("because of", overflow="fold")
    for feature in result.features:
        table.add_row(
            Text(location_text(feature.x), "bold"),
            *[Text(side_text(feature, s)) for s in (feature.truth.left, feature.truth.right)],
            feature.truth.kind,
            Text(feature.culprit),
        )
    return table


def _labelled(label: str, text: str, style: str = "") -> Text:
    return Text(label).append(text, style)


def _array_text(array: FloatArray) -> str:
    return nested(array) if array.size <= _MOST_VALUES else shape_text(array.shape)


def _values_text(values: Values) -> str:
    """Values as they were typed, or how many there are."""
    few = values.constants.size <= _MOST_VALUES
    return str(values) if few else shape_text(values.shape)


def _blocks(name: str, result: Comparison, several: bool) -> list[tuple[str, Partial]]:
    expression, rank = result.expression, result.value.ndim
    return [
        (
            differential(
                function_text(name, expression, rank, partial), partial.variables, several
            ),
            partial,
        )
        for partial in result.partials
    ]


def _entry(element: Element, digits: int) -> Text:
    if element.truth.exists:
        return Text(short(derivative(element), digits), "bold cyan")
    return Text(element.judgement.kind, "red")
