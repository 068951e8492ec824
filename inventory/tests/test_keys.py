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


@pytest.mark.parametrize("dash", keys.DASHES)
def test_a_dash_is_a_dash_whoever_wrote_it(dash):
    assert keys.key(f"tee{dash}s") == keys.key("TEE-S") == "TEE-S"


def test_what_is_kept_and_shown_has_the_dash_that_was_typed():
    assert keys.clean(" TEE\u2013S ") == "TEE\u2013S"


def test_wide_signs_are_the_plain_ones_and_narrow_blanks_are_blanks():
    assert keys.key("\uff34\uff45\uff25\uff0d\uff13") == "TEE-3"
    assert keys.key("TEE\u202fS") == keys.key("TEE\u2009S") == keys.key("TEE\u3000S") == "TEE S"


@pytest.mark.parametrize("written", ["\u0422EE-S", "\u03a4EE-S", "TE\u0415-S"])
def test_letters_that_only_look_alike_are_another_key_and_named(written):
    assert keys.key(written) != "TEE-S"
    assert keys.taken_for(written) == "TEE-S"
    assert keys.alphabets(written) in {"Latin and Cyrillic", "Latin and Greek"}


@pytest.mark.parametrize(
    "written", ["TEE-S", "\u0422\u0415\u0415", "10 k\u03a9", "10 \u00b5F", "\u00c9T\u00c9", "\u0416-TEE"]
)
def test_a_key_of_one_alphabet_or_of_signs_that_look_like_no_other_is_not_named(written):
    assert keys.alphabets(written) == ""


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
