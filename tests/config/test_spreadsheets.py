"""What a spreadsheet makes of a cell, and whether it is still the same value."""

import pytest

from config.spreadsheets import formula_safe, is_same_value, without_apostrophe


@pytest.mark.parametrize("value", ["=1+1", "@cmd", "-x", "Ana", "'s-Hertogenbosch", ""])
def test_what_was_made_safe_is_read_back_as_it_was(value):
    assert without_apostrophe(formula_safe(value)) == value


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("Ana ", " Ana"),
        ("'=1+1", "=1+1"),
        ("'=1", "'=1"),
        ("612345678", "0612345678"),
        ("33612345678", "+33 612 345 678"),
        ("3.36E+10", "+33 612 345 678"),
        ("3,36123E+10", "33612345678"),
        ("6E+08", "0612345678"),
    ],
)
def test_what_a_spreadsheet_does_by_itself_is_no_correction(cell, value):
    assert is_same_value(cell, value)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("", "Ana"),
        ("Ana", ""),
        ("ana@example.com", "Ana@example.com"),
        ("612345679", "0612345678"),
        ("3.37E+10", "+33 612 345 678"),
        ("2026-01-02", "2/1/2026"),
        ("12", "A12"),
    ],
)
def test_what_is_different_was_corrected(cell, value):
    assert not is_same_value(cell, value)
