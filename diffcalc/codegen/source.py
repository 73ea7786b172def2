"""Whole functions as source text, with their names, parameters and comments."""

import re
from collections.abc import Iterator, Mapping, Sequence

from diffcalc import __version__
from diffcalc.base.errors import EmitError
from diffcalc.codegen.body import Body, fresh
from diffcalc.codegen.careful import careful
from diffcalc.codegen.lowering import helpers, lowered
from diffcalc.codegen.targets import CALLED, Target
from diffcalc.language.expression import Expression
from diffcalc.symbolic import Derivation

# Below the 100 columns that many projects allow; a line is broken before the item that passes it.
_WIDTH = 96
# The title stands in one line with what follows it: a long formula is cut.
_LONGEST_TITLE = 60
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def source(
    expression: Expression, derivations: Sequence[Derivation], name: str, target: Target
) -> str:
    """The function `name`, and `{name}_grad` where there are derivations, as a piece of source.

    Raises `EmitError` for what the language lacks, and a name that it cannot have.
    """
    return _Source(expression, derivations, name, target).text()


class _Source:
    def __init__(
        self, expression: Expression, derivations: Sequence[Derivation], name: str, target: Target
    ) -> None:
        self._expression = expression
        self._derivations = derivations
        self._target = target
        self._name = name
        self._programs = [careful(d.program) for d in derivations if d.program is not None]
        whole = lowered([expression, *self._programs], target)
        self._helpers = helpers(whole, target)
        programs = [whole, *(lowered([own], target) for own in self._helpers.values())]
        self._recipes = {n.operation for p in programs for n in p.nodes} & target.recipes.keys()
        self._calls = {op: CALLED.get(op, op) for op in [*self._helpers, *self._recipes]}
        self._taken = target.reserved | set(self._calls.values()) | set(target.functions.values())
        self._check_name()
        self._names = self._variable_names()

    def _check_name(self) -> None:
        for name in (self._name, f"{self._name}_grad"):
            if name in self._taken | self._target.global_names:
                raise EmitError(f"`{name}` already means something in {self._target.name}")

    def _variable_names(self) -> dict[str, str]:
        """What each variable is called: by its own name, where that is free."""
        taken = {self._name, f"{self._name}_grad", *self._taken}
        names: dict[str, str] = {}
        own = [v for v in self._expression.variables if NAME.fullmatch(v) and v not in taken]
        taken |= set(own)
        for variable in self._expression.variables:
            # A capital Greek letter that looks like a Latin one is no letter to every compiler.
            stem = variable if NAME.fullmatch(variable) else "v"
            names[variable] = variable if variable in own else fresh(f"{stem}_", taken)
            taken.add(names[variable])
        return names

    def text(self) -> str:
        """All of it: a line on what this is, imports, helpers, the function and its gradient."""
        functions = [self._helper(op, own) for op, own in self._helpers.items()]
        functions = [*(self._target.recipes[op] for op in sorted(self._recipes)), *functions]
        functions.append(self._function())
        if self._programs:
            functions.append(self._gradient())
        body = "\n".join(functions)
        needed = [line for mark, line in self._target.imports.items() if mark in body]
        heading = [*self._comments(), *needed]
        gap = "\n\n\n" if self._target.comment == "#" and not self._target.close else "\n\n"
        return gap.join(["\n".join(heading), *functions]) + "\n"

    def _comments(self) -> Iterator[str]:
        extra = ", and its gradient" if self._programs else ""
        origin = f"diffcalc {__version__} wrote this{extra}"
        title = f"{self._name}({', '.join(self._expression.variables)}) = {self._expression}"
        yield f"{self._target.comment} {_cut(title)}; {origin}."
        for variable, name in self._names.items():
            if variable != name:
                yield f"{self._target.comment} The variable {variable} is called {name} here."

    def _helper(self, operation: str, own: Expression) -> str:
        names = {v: v for v in own.variables}
        body = self._body([own], names)
        return self._laid_out(
            self._target.helper, self._calls[operation], names, body, body.outputs[0]
        )

    def _function(self) -> str:
        body = self._body([self._expression], self._names)
        head = self._target.function
        return self._laid_out(head, self._name, self._names, body, body.outputs[0])

    def _body(self, expressions: Sequence[Expression], names: Mapping[str, str]) -> Body:
        program = lowered(expressions, self._target)
        return Body(program, self._target, names, self._calls, self._taken)

    def _laid_out(
        self, head: str, name: str, names: Mapping[str, str], body: Body, result: str
    ) -> str:
        lines = [*body.lines, self._target.result.format(result)]
        return self._whole(head, name, names, lines)

    def _gradient(self) -> str:
        """The function of the value and the derivatives: each has a name, or a place to go to."""
        target = self._target
        body = self._body([self._expression, *self._programs], self._names)
        value = body.name("value")
        partials = [body.name(f"d{self._names[d.variable]}") for d in self._derivations]
        lines = [*body.lines, target.value.format(name=value, text=body.outputs[0])]
        outputs = zip(body.lifted_outputs, body.to_check, strict=True)
        texts = [target.checked.format(value, t) if check else t for t, check in outputs]
        for index, (name, text) in enumerate(zip(partials, texts, strict=True)):
            lines.append(target.partial.format(name=name, index=index, text=text))
        shown = ", ".join(partials)
        lines.append(target.gradient_result.format(value=value, partials=shown))
        variables = _cut(", ".join(d.variable for d in self._derivations))
        about = f"{target.comment} The value, and the derivatives in {variables}."
        whole = self._whole(
            target.gradient, f"{self._name}_grad", self._names, [x for x in lines if x]
        )
        return f"{about}\n{whole}"

    def _whole(self, head: str, name: str, names: Mapping[str, str], lines: Sequence[str]) -> str:
        target = self._target
        parameters = ", ".join(target.parameter.format(n) for n in names.values())
        first = head.format(name=name, parameters=parameters, count=len(self._derivations))
        capital = any(c.isupper() for c in name + parameters.replace("f64", ""))
        found = [*[target.upper_case] * bool(target.upper_case and capital), *_wrapped(first, "")]
        for line in lines:
            found.extend(_wrapped(line, "    "))
        return "\n".join([*found, *[target.close] * bool(target.close)])


def _wrapped(line: str, indent: str) -> list[str]:
    """A line; where it is long, broken between the items of a list."""
    lines = [indent]
    for item in line.split(", "):
        if len(lines[-1]) + len(item) > _WIDTH and lines[-1].strip():
            lines.append(f"{indent}        ")
        lines[-1] += f"{item}, "
    return [line.rstrip() for line in [*lines[:-1], lines[-1].removesuffix(", ")]]


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TITLE else f"{text[:_LONGEST_TITLE]}…"
