"""What a key is: two that a person cannot tell apart are one, and one that a spreadsheet damaged is told by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.ground import keys


@pytest.mark.parametrize(
    "written",
    [
        *("tee-s", " TEE-S", "TEE-S\u00a0", "TEE-S\u200b", "\u200eTEE-S", "TEE\u00ad-S", "\ufeffTEE-S", "TEE-S\ufe0f"),
        *("TEE-S\x00", "TEE-S\u2060", "\u3164TEE-S", "TEE-S\t", "\u202eTEE-S\u202c"),
    ],
)
def test_what_nobody_sees_makes_no_other_key(written):
    assert keys.key(written) == "TEE-S"


def test_composed_and_decomposed_letters_are_one_key():
    assert keys.key("Cafe\u0301 9") == keys.key("CAFÉ  9") == "CAFÉ 9"


def test_what_a_person_tells_apart_stays_apart():
    assert len({keys.key(code) for code in ("TEE-S", "TEES", "TEE S", "TEE_S", "0123", "123", "O123")}) == 7


@given(st.text(max_size=30))
def test_a_key_is_its_own_key_and_holds_nothing_invisible(text):
    key = keys.key(text)

    assert keys.key(key) == key == keys.key(keys.clean(text))
    assert key == key.strip()
    assert not set(key) & set("\u200b\u200e\u00ad\ufeff\x00\n\t")


@pytest.mark.parametrize(
    ("written", "damage"),
    [
        ("4.00638E+12", "a number that lost its digits"),
        ("4,00638e+12", "a number that lost its digits"),
        ("22423.0", "a whole number with decimals"),
        ("22423,00", "a whole number with decimals"),
        *((error, "the error of a spreadsheet") for error in ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NV")),
        *((error, "the error of a spreadsheet") for error in ("#BEZUG!", "########", "#n/a", "#NULL!", "#SPILL!")),
        *((word, "nothing") for word in ("nan", "NaN", "NULL", "None", "n/a", "-", "--", "?", "(blank)", "…")),
        ("#N/A\u200b", "the error of a spreadsheet"),
    ],
)
def test_what_a_spreadsheet_made_of_a_key_is_told(written, damage):
    assert keys.damage(written) == keys.damage(written, is_product=True) == damage


@pytest.mark.parametrize(
    "written", ["1-Mar", "02-Sep", "Mar-26", "01. Mrz", "2026-03-01", "2026-03-01 00:00:00", "TRUE"]
)
def test_a_date_or_a_truth_is_no_product_and_may_number_an_order(written):
    assert keys.damage(written, is_product=True)
    assert not keys.damage(written)


@pytest.mark.parametrize(
    "written",
    ["#1001", "1E5", "12E3", "10.5", "4006381333931", "007", "NA-1", "A-0.0", "SEP-10", "10-DEC", "N", "é", ""],
)
def test_a_sound_key_is_let_through(written):
    assert keys.damage(written, is_product=True) == ""
