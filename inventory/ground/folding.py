"""
How a search reads what people type, and what a row is found by. Pure: columns, files, lists and the palette ask it.

Without accents, case and punctuation: “Müller-Lüdenscheidt”, “MULLERLUDENSCHEIDT” and “müller” meet. What is one piece
(a number, a SKU, an address, a phone) is kept in one piece, so that its blanks and dashes are nobody's concern; a name
is kept by its words. Each piece stands behind a blank, and so a beginning can be asked for.
"""

import unicodedata
from collections.abc import Iterable

LONGEST = 200
"""Signs of a question that are read; who pastes a page is answered by its beginning."""
MOST_WORDS = 8
PART = 3
"""From so many signs on a word is found inside another; shorter ones are beginnings."""
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
_PHONE = set("+0123456789 ()-./\u00a0")
DIALED = 5
"""Digits from which on a number that begins with 0 or + is read as a phone number."""
_NUMBER = 8
"""Digits at the end of a phone number that are the same however its beginning is written: +49 151, 0049151, 0151."""

Asked = list[list[str]]
"""Alternatives, each of pieces that all must be there."""


def solid(text: str) -> str:
    """
    Give a text in one piece: letters and digits alone, small, without accents.

    >>> solid("SO-1001"), solid("+49 (151) 23-45"), solid("Ünal@Shop.example"), solid("Straße 9½")
    ('so1001', '491512345', 'unalshopexample', 'strasse912')
    """
    if text.isascii():
        return "".join(filter(str.isalnum, text)).lower()
    parted = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(_LETTERS)
    return "".join(_digit(sign) for sign in parted if sign.isalnum())


def folded(*, pieces: Iterable[str] = (), words: Iterable[str] = ()) -> str:
    """
    Give what a row is found by: first what is in one piece, then the words.

    >>> folded(pieces=["A.Meier@x.example", "0151/23-4"], words=["Anna Meier-Groß"])
    ' ameierxexample 0151234 anna meiergross'
    """
    parts = [*map(solid, pieces), *(solid(word) for text in words for word in text.split())]
    return "".join(f" {part}" for part in parts if part)


def asked(text: str) -> Asked:
    """
    Give what to look for: each word, or the whole as one piece; of a phone number its end, however it begins.

    >>> asked("Meier, Anna"), asked("so 1001"), asked("ab"), asked("%_'")
    ([['meier', 'anna'], ['meieranna']], [[' so', '1001'], ['so1001']], [[' ab']], [])
    >>> asked("+49 151 2345678")
    [[' 49', '151', '2345678'], ['491512345678'], ['12345678']]
    """
    text = text[:LONGEST].strip()
    words = list(dict.fromkeys(filter(None, map(solid, text.split()))))[:MOST_WORDS]
    whole = solid(text)
    found = [[_piece(word) for word in words]] if words else []
    if len(words) > 1 and len(whole) >= PART:
        found.append([whole])
    if set(text) <= _PHONE and len(number := whole.lstrip("0")) >= DIALED and text[0] in "+0(":
        found.append([number[-_NUMBER:] if text.startswith(("+", "00")) else number])
    return [pieces for place, pieces in enumerate(found) if pieces not in found[:place]]


def _piece(word: str) -> str:
    return word if len(word) >= PART else f" {word}"


def _digit(sign: str) -> str:
    return str(unicodedata.decimal(sign)) if sign.isdecimal() else sign
