"""
What a key is, at every door: a SKU, an order's number, a code, an address. Pure; files, forms and channels ask it.

Two keys that a person cannot tell apart are one key: composed letters, no invisible signs, single blanks, any case,
one dash for the many there are, and letters and digits in one width. Letters of another alphabet stay what they are,
however alike they look: a key that mixes alphabets is named, not changed (decision record 0061).
A key that a spreadsheet has damaged is told from a real one, since its digits cannot be brought back.
"""

import re
import unicodedata

_BLANK_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Invisible, although Unicode counts them as letters, marks or symbols."""
_SELECTORS = re.compile(r"[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_HIDDEN = {"Cc", "Cf", "Co", "Cn", "Cs"}
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u02d7\ufe58\ufe63\uff0d"
"""Dashes and minus signs that programs put for "-", so that nobody knows which of them a key was typed with."""
WIDE = "".join(map(chr, range(0xFF01, 0xFF5F)))
"""The signs of ASCII as wide as those of East Asia."""
_SAME = {ord(sign): ord(sign) - 0xFEE0 for sign in WIDE} | dict.fromkeys(map(ord, DASHES), "-")
_LOOK_ALIKE = str.maketrans(
    "\u0410\u0412\u0415\u0405\u0406\u0408\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u04ae"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039d\u039f\u03a1\u03a4\u03a5\u03a7",
    "ABESIJKMHOPCTYXYABEZHIKNOPTYX",
)
"""Capitals of Cyrillic, then of Greek, that look like those of Latin; not mu, which stands for a millionth in 10 µF."""
_WORDS = {"nan", "nat", "null", "none", "nil", "n/a", "undefined", "(null)", "(blank)", "(leer)", "<na>", "\\n", "void"}
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?e[+-]\d+|\d[.,]\d+e(?:[7-9]|[12]\d)", re.IGNORECASE)
_DECIMAL = re.compile(r"\d+[.,]0+")
_ERROR = re.compile(r"#+|#(?:n/a|n/d|n/v|nv)|#[^\W\d_][\w/]*(?:[/ ]\w+)*[!?]", re.IGNORECASE)
_MONTH = "(?:Jan|Feb|Mar|Mär|Mrz|Apr|May|Mai|Jun|Jul|Aug|Sep|Sept|Oct|Okt|Nov|Dec|Dez)"
_LOWER = (
    "(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec|ene|abr|ago|dic|janv|févr|avr|juin|juil|août|déc|mrt|mei|okt"
    "|fev|dez)"
)
"""Months as spreadsheets write them that speak Spanish, French, Dutch, Portuguese; not “set” and “gen” of Italian."""
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_DATE = re.compile(
    # As Excel writes them, in these letters: a shop's own code SEP-10 is sound.
    rf"\d{{4}}-\d{{2}}-\d{{2}}(?:[ T]\d{{2}}:\d{{2}}(?::\d{{2}})?)?|\d{{1,2}}(?:-|\. ){_MONTH}|{_MONTH}[- ]\d{{2}}"
    rf"|{_DAY}-{_LOWER}\.?|{_DAY}(?P<sign>[./]){_DAY}(?P=sign)(?:19|20)\d{{2}}"
)
_TIME = re.compile(r"\d{1,2}:\d{2}:\d{2}")
_TRUTH = {"true", "false", "wahr", "falsch", "vrai", "faux"}


def clean(text: str) -> str:
    """
    Give a key as it is kept and shown: composed, nothing invisible, no blanks at its edges, single ones inside.

    >>> clean("\\u200eTEE\\u00ad-S\\u200b "), clean("E\\u0301TE\\u0301\\u00a0 9"), clean("a\\tb")
    ('TEE-S', 'ÉTÉ 9', 'a b')
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    blank = " ".join(unicodedata.normalize("NFC", text).split())
    seen = _SELECTORS.sub("", "".join(sign for sign in blank if not _is_hidden(sign)))
    return unicodedata.normalize("NFC", " ".join(seen.split()))


def key(text: str) -> str:
    """
    Give the form in which keys are compared: clean, in capitals, one dash for the many, letters of one width.

    >>> key("tee-s") == key("TEE-S\\u200b ") == key("TEE\\u2011S") == "TEE-S"
    True
    >>> key("\\uff34\\uff25\\uff25\\u2212\\uff11")
    'TEE-1'
    """
    cleaned = clean(text if text.isascii() else text.translate(_SAME))
    upper = cleaned.upper()
    return upper if upper.isascii() else clean(upper)


def alphabets(text: str) -> str:
    """
    Name the alphabets that a key mixes in letters that look alike; "" if it mixes none.

    >>> [alphabets(text) for text in ("\\u0422EE-S", "TEE-S", "\\u041f\\u0410\\u0420\\u0410-9", "10 k\\u03a9")]
    ['Latin and Cyrillic', '', '', '']
    """
    if text.isascii():
        return ""
    letters = [sign for sign in key(text) if sign.isalpha()]
    others = {unicodedata.name(sign).partition(" ")[0].capitalize() for sign in letters if ord(sign) in _LOOK_ALIKE}
    is_latin = any(unicodedata.name(sign, "").startswith("LATIN") for sign in letters)
    found = [*(["Latin"] if is_latin else []), *sorted(others)]
    return " and ".join(found) if others and len(found) > 1 else ""


def taken_for(text: str) -> str:
    """
    Give the key that a person reads who takes Cyrillic and Greek letters for the Latin ones that look like them.

    >>> taken_for("\\u0422EE-S") == taken_for("\\u03a4EE-S") == "TEE-S"
    True
    """
    return key(text).translate(_LOOK_ALIKE)


def damage(text: str, *, is_product: bool = False) -> str:
    """
    Say what a spreadsheet or a program has made of a key; "" if it is sound. An empty key is sound: it is missing.

    :param is_product: a SKU, which is never a date or a truth; an order's number may be

    >>> damage("4.00638E+12"), damage("22423.0")
    ('a number that lost its digits', 'a whole number with decimals')
    >>> damage("#N/A"), damage("NULL"), damage("-")
    ('the error of a spreadsheet', 'nothing', 'nothing')
    >>> damage("2-Sep", is_product=True), damage("TRUE", is_product=True)
    ('a date that a spreadsheet made of a code', 'yes or no')
    >>> [damage(text, is_product=True)[:6] for text in ("2-déc.", "02.09.2026", "4.00638E12", "10:30:00", "2-set")]
    ['a date', 'a date', 'a numb', 'a time', '']
    >>> [damage(sound) for sound in ("1E5", "#1001", "10.5", "TEE-S", "NA-12", "4006381333931")]
    ['', '', '', '', '', '']
    """
    found = clean(text)
    word = found.lower()
    if not found:
        return ""
    if _ERROR.fullmatch(found):
        return "the error of a spreadsheet"
    if word in _WORDS or not any(sign.isalnum() for sign in found):
        return "nothing"
    if _SCIENTIFIC.fullmatch(found):
        return "a number that lost its digits"
    if _DECIMAL.fullmatch(found):
        return "a whole number with decimals"
    if is_product and word in _TRUTH:
        return "yes or no"
    if is_product and _DATE.fullmatch(found):
        return "a date that a spreadsheet made of a code"
    if is_product and _TIME.fullmatch(found):
        return "a time that a spreadsheet made of a code"
    return ""


def _is_hidden(sign: str) -> bool:
    return sign != " " and (unicodedata.category(sign) in _HIDDEN or sign in _BLANK_LETTERS)
