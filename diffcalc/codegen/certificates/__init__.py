"""Proofs of derivatives that the Coq proof assistant checks, so that diffcalc need not be trusted.

`terms` writes a formula as Coq says it, `sides` tells which proofs by sides the tactics of
`prelude.v` can carry out, `script` writes the theorems, and `check` has Coq check a script.

Imports what its room may import: base, language, numerical, truth and comparison.
"""

from diffcalc.codegen.certificates.check import check
from diffcalc.codegen.certificates.script import Certificate, certificate

__all__ = ["Certificate", "certificate", "check"]
