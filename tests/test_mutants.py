"""The lists of mutants follow the code: one that fits no more guards nothing, and nobody runs them all each day."""

from tests.mutants.__main__ import misfits, read


def test_every_mutant_fits_the_code_and_its_test_is_there():
    mutants = read()
    assert len(mutants) > 100
    assert misfits(mutants) == []
