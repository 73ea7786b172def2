"""Certificates: what their theorems say, which tactics prove them, and that Coq agrees."""

import os
import re
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from diffcalc import compare, read, read_point
from diffcalc.base.errors import EmitError
from diffcalc.codegen import certificates
from diffcalc.codegen.certificates import Certificate, certificate, check, sides
from diffcalc.codegen.certificates.sides import Tangent
from diffcalc.codegen.certificates.terms import KNOWN, text
from diffcalc.comparison.partial_derivatives import StepSizes
from diffcalc.language.operations import ELEMENTARY
from diffcalc.truth.program import Leaf, Program, program_of
from tests.codegen.certified import BORDERS, REFUSED, SMOOTH, cases
from tests.conftest import Run

PRELUDE = (Path(certificates.__file__).parent / "prelude.v").read_text()
ALL = cases(SMOOTH + BORDERS)
needs_coq = pytest.mark.skipif(shutil.which("coqc") is None, reason="Coq is not installed here")


@cache
def certified(formula: str, *at: str) -> Certificate:
    point = read_point(at)
    result = compare(read(formula, declared=point), point, steps=StepSizes(count=0))
    return certificate(result)


def theorems(found: Certificate) -> str:
    """What stands behind the prelude."""
    return found.script.partition(PRELUDE)[2]


def tactics(formula: str, *at: str) -> list[str]:
    try:
        found = certified(formula, *at)
    except EmitError:
        return ["-"] * len(read(formula).variables)
    used = re.findall(r"unfold f\. (\w+)\. Qed\.", found.script)
    return used + ["-"] * len(found.missing)


@pytest.mark.parametrize(("formula", "at", "expected"), ALL + cases(REFUSED))
def test_a_derivative_is_proved_by_the_tactic_that_fits(
    formula: str, at: list[str], expected: list[str]
) -> None:
    assert tactics(formula, *at) == expected


TERMS = {
    "3x^2-4x": "3 * x ^ 2 - 4 * x",
    "-x^2": "- x ^ 2",
    "(-x)^2": "(- x) ^ 2",
    "x^-2/(1+x)": "/ x ^ 2 / (1 + x)",
    "x-(x-1)": "x - (x - 1)",
    "x/(2x)": "x / (2 * x)",
    "x*(-2)": "x * (- 2)",
    "sin(x)^2": "(sin x) ^ 2",
    "ln(cos(x))": "ln (cos x)",
    "2^-x": "power 2 (- x)",
    "x^(1/3)": "power x (1 / 3)",
    "e^x + pi": "exp x + PI",
    "|x|": "Rabs x",
    "1e-300*x + 1e20": "1e-300 * x + 1e20",
    "max(x, 1, 2)": "Rmax (Rmax x 1) 2",
    "where(x > 1, x, 2)": "if Rlt_dec 1 x then x else 2",
    "where(x != 1, x, 2)": "if Req_EM_T x 1 then 2 else x",
    "(x <= 1)*x": "(if Rle_dec x 1 then 1 else 0) * x",
}


@pytest.mark.parametrize("typed", TERMS)
def test_a_formula_is_written_as_coq_reads_it(typed: str) -> None:
    assert text(program_of(read(typed), {"x": ()}), {"x": "x"}) == TERMS[typed]


def test_coq_lacks_what_the_guide_says_it_lacks() -> None:
    lacking = {"floor", "ceil", "erf", "erfc", "erfi", "gamma", "lgamma", "polygamma"}
    assert ELEMENTARY.keys() - KNOWN == lacking


def test_the_prelude_has_nothing_without_proof() -> None:
    assert not re.search(r"\b(Admitted|Axiom|Parameter|admit|Hypothesis|Variable)\b", PRELUDE)
    opened = re.findall(r"^Section (\w+)\.$", PRELUDE, re.MULTILINE)
    assert opened == re.findall(r"^End (\w+)\.$", PRELUDE, re.MULTILINE)


def test_a_theorem_stands_beside_what_was_typed() -> None:
    said = theorems(certified("x^2 sin(y)", "x=1.5", "y=pi/3"))
    assert (
        "(* typed:   x^2 sin(y)\n   read as: x**2*sin(y)\n   at:      x = 1.5, y = pi/3 *)" in said
    )
    assert "Definition f (x : R) (y : R) : R :=\n  x ^ 2 * sin y." in said
    assert (
        "exists d, is_derive (fun x => f x (PI / 3)) 1.5 d /\\ "
        "2.5980762113533159 <= d <= 2.598076211353316." in said
    )


def test_a_rational_derivative_is_proved_to_the_last_digit() -> None:
    assert "d /\\ 8 <= d <= 8." in theorems(certified("3*x^2 - 4*x", "x=2"))


def test_what_is_typed_stays_within_its_comment() -> None:
    point = read_point(["x=1"])
    typed = replace(read("x^2"), text='x *) Axiom no : False. (* "')
    said = theorems(certificate(compare(typed, point, steps=StepSizes(count=0))))
    assert "(* typed:   x * ) Axiom no : False. ( * ''\n" in said


def test_names_are_none_that_coq_has() -> None:
    said = theorems(certified("f*R*θ*sin(lambda)", "f=1", "R=2", "θ=3", "lambda=4"))
    assert "Definition f (v_f : R) (v_R : R) (v_theta : R) (v_lambda : R) : R :=" in said


def test_what_is_not_proved_is_listed_in_the_script_and_said(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "proof.v"
    words = ["grad", "abs(x)*y", "x=0", "y=2", "--certificate", str(path)]
    assert run(*words).err == ""
    assert "Not proved" not in path.read_text()
    theirs = sides.tangent

    def tangent(program: Program, at: Any, leaf: Leaf, side: int) -> Tangent:
        if leaf[0] == "y":
            raise EmitError("it is (* too hard")
        return theirs(program, at, leaf, side)

    monkeypatch.setattr(sides, "tangent", tangent)
    assert run(*words).err == f"diffcalc: not in {path}: y: it is (* too hard\n"
    assert "(* Not proved here: y: it is ( * too hard. *)\n" in path.read_text()


def test_a_certificate_of_nothing_is_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "proof.v"
    outcome = run("grad", "gamma(x)", "--x", "3", "--certificate", str(path))
    assert outcome.status == 2
    assert "no certificate: x: Coq's libraries have no gamma" in outcome.err
    assert not path.exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--order", "2"], "--certificate is for first derivatives"),
        (["--points", "table.csv"], "--certificate does not go with --points"),
        (["-"], "one file has one certificate"),
    ],
)
def test_an_option_that_does_not_go_with_it_is_refused(
    run: Run, options: list[str], said: str
) -> None:
    words = options if options == ["-"] else ["x^2", *options]
    outcome = run("grad", *words, "--x", "1", "--certificate", "proof.v")
    assert outcome.status == 2
    assert said in outcome.err


def test_without_values_there_is_nothing_to_certify(run: Run) -> None:
    outcome = run("grad", "x^2", "--certificate", "proof.v")
    assert (outcome.status, "no value for x" in outcome.err) == (2, True)


# -- certify ---------------------------------------------------------------------------------------


def test_where_coq_is_missing_it_is_said_how_to_install_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    path = tmp_path / "proof.v"
    path.write_text(certified("x^2", "x=1").script)
    outcome = run("certify", str(path))
    assert outcome.status == 2
    assert "Coq is not installed here: install it" in outcome.err


@pytest.fixture
def coq_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "pytest.MonkeyPatch":
    """A program that stands for Coq: it finds the last line wrong."""
    program = tmp_path / "coqc"
    program.write_text(
        "#!/bin/sh\n"
        'if [ "$1" = --version ]; then echo "The Coq Proof Assistant, version 8.99"; exit 0; fi\n'
        'lines=$(grep -n "^Proof. unfold f" certificate.v | tail -n 1 | cut -d: -f1)\n'
        'echo "File \\"./certificate.v\\", line $lines, characters 1-2:" >&2\n'
        "echo 'Error: Tactic failure: no.' >&2\nexit 1\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return monkeypatch


@pytest.mark.usefixtures("coq_says")
def test_what_coq_refuses_is_named(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "proof.v"
    path.write_text(certified("x^2*y", "x=1", "y=2").script)
    outcome = run("certify", str(path))
    assert (outcome.status, outcome.out) == (1, "")
    assert "Coq 8.99 refuses it: derivative_in_y is not proved (line" in outcome.err


@pytest.mark.usefixtures("coq_says")
@pytest.mark.parametrize(
    "line",
    [
        "Axiom no : False.", "Lemma a : False. Admitted.", "Context (no : False).",
        "Redirect \"file\" Print nat.", "Declare ML Module \"x\".", "Unset Guard Checking.",
        "From Elsewhere Require Import All.", "Fail Lemma a : False.",
    ],
)  # fmt: skip
def test_what_needs_trust_is_refused_before_coq_is_asked(line: str) -> None:
    script = certified("x^2", "x=1").script
    found = check(f"{script}\n{line}\n")
    assert "which no certificate needs" in found.refused
    assert "is not proved" in check(f"{script}\n(* {line} *)\n").refused


def test_a_file_without_a_theorem_is_no_certificate(
    run: Run, tmp_path: Path, coq_says: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "proof.v"
    for content, said in ((b"x^2\n", "no theorem"), (b"\xff", "not text in UTF-8")):
        path.write_bytes(content)
        outcome = run("certify", str(path))
        assert (outcome.status, said in outcome.err) == (2, True)
    assert run("certify", str(tmp_path / "none.v")).status == 2


# -- with Coq --------------------------------------------------------------------------------------


def falsified(theorem: str) -> str:
    """The same theorem with an enclosure that is 1e-10 away."""
    return re.sub(r"/\\ (.*) <= d <= (.*)\.$", r"/\\ \1 + 1e-10 <= d <= \2 + 1e-10.", theorem)


def script_of(chosen: list[tuple[str, list[str], list[str]]]) -> str:
    """One script: every theorem as it is, and that what is false is not proved."""
    parts = [PRELUDE]
    for number, (formula, at, _) in enumerate(chosen):
        body = theorems(certified(formula, *at))
        parts.append(f"Module M{number}.\n{body}\n")
        for name, claim, tactic in re.findall(
            r"^Theorem (\w+) :\n(.*?\.)\nProof\. unfold f\. (\w+)\. Qed\.$", body, re.M | re.S
        ):
            if tactic == "differentiable":
                parts.append(
                    f"Theorem {name}_false :\n{falsified(claim)}\n"
                    f"Proof. unfold f. Fail {tactic}. Abort.\n"
                )
        parts.append(f"End M{number}.\n")
    return "".join(parts)


def coqc(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "all.v").write_text(script)
    return subprocess.run(
        ["coqc", "-q", "all.v"], cwd=folder, capture_output=True, text=True, check=False
    )


@needs_coq
def test_coq_proves_what_is_true_and_not_what_is_false(tmp_path: Path) -> None:
    """A few; with DIFFCALC_LONG=1, as each night, all of them."""
    few = [ALL[i] for i in (1, 14, 22, 27, 30, 32)]
    chosen = ALL if "DIFFCALC_LONG" in os.environ else few
    script = script_of(chosen)
    assert script.count("Fail differentiable.") >= 2
    done = coqc(script, tmp_path)
    assert done.returncode == 0, done.stderr[-500:]


@needs_coq
@pytest.mark.skipif("DIFFCALC_LONG" not in os.environ, reason="takes long")
def test_certify_has_coq_check_the_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "proof.v"
    assert run("grad", "x^2*abs(y)", "x=3", "y=0", "--certificate", str(path)).status == 1
    outcome = run("certify", str(path))
    assert (outcome.status, outcome.err) == (0, "")
    assert re.fullmatch(r".*: 2 theorems, proved: checked by Coq [\d.]+\n", outcome.out)
