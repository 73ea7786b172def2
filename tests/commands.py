"""The program as a process, a run of each of its commands, and what it says of a fault."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROGRAM = [sys.executable, "-m", "diffcalc"]
PLACE = r" \(in diffcalc/[\w/]+\.py:\d+\), please report\n"

# A run of each command, and a function somewhere below it.
RUNS = {
    "certify": (["README.md"], "diffcalc.codegen.certificates.check"),
    "check": (["x^2", "2x"], "diffcalc.exercises.several.answers_to"),
    "completion": (["bash"], "click.echo"),
    "define": (["u(x) = x^2"], "diffcalc.language.library.Library.define"),
    "descend": (["x^2", "--from", "x=5"], "diffcalc.descent.descent.at_rest"),
    "emit": (["x^2", "--to", "c"], "diffcalc.codegen.emit"),
    "functions": ([], "diffcalc.language.library.Library.own"),
    "grad": (["abs(x)", "--x", "0", "--format", "value"], "diffcalc.comparison.compare.compare"),
    "graph": (["a*b", "a=1", "b=2"], "diffcalc.comparison.graph.graph"),
    "help": ([], "diffcalc.render.guide.page"),
    "hessian": (["x^2", "--x", "1"], "diffcalc.comparison.matrices.hessian"),
    "implicit": (["x^2 + y^2 = 25", "x=3", "y=4"], "diffcalc.comparison.implicit.slope"),
    "jacobian": (["[x^2]", "--x", "1"], "diffcalc.comparison.matrices.jacobian"),
    "limit": (["x^2", "--x", "1"], "diffcalc.comparison.compare.quotients"),
    "points": (["x", "-"], "diffcalc.tables.source.open_table"),
    "plot": (["x^2", "--x=-1:1"], "diffcalc.comparison.plots.curve"),
    "report": (["x^2", "--x", "1", "-o", "/dev/null"], "diffcalc.comparison.plots.beside"),
    "practice": (["-n", "1"], "diffcalc.exercises.practice.exercises"),
    "scan": (["abs(x)", "--x=-1:1"], "diffcalc.comparison.scan.scan"),
    "steps": (["x^2"], "diffcalc.symbolic.differentiate_again"),
    "undefine": (["nobody"], "diffcalc.language.library.Library.undefine"),
}  # fmt: skip
