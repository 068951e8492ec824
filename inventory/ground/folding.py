"""
How a search reads what people type, and what a row is found by. Pure: columns, files, lists and the palette ask it.

Without accents, case and punctuation: “Müller-Lüdenscheidt”, “MULLERLUDENSCHEIDT” and “müller” meet. What is one piece
(a number, a SKU, an address, a phone) is kept in one piece, so that its blanks and dashes are nobody's concern; a name
is kept by its words. Each piece stands behind a blank, and so a beginning can be asked for.
"""

import re
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

_TWO_SIGNS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe"})
_ONE_SIGN = re.compile("(?<![aeioquy])([aou])e(?=[b-df-hj-np-tv-z])")
"""Two vowels that may stand for one with dots: not in “bauer”, “neue”, “queen”, “boeing”."""
_APART = re.compile(r"[\s,;|]+")
"""What parts the words of a question: cells that are copied come without a blank."""
_LINK = re.compile(r"(?:mailto|tel|sms|callto|sip)[:.]\s*", re.IGNORECASE)
"""How a phone number or an address begins that was copied as a link."""
_JOINED = range(6, 21)
"""Letters of a word that may be two: “oldmill” of a row that says “Old Mill”."""

OR = "|"
"""Parts the forms of one piece; the first one is how it was typed."""
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

    Where two signs may stand for one with dots, or one for two, all words are looked for in that spelling, too.

    >>> asked("Meier,Anna"), asked("so 1001"), asked("ab"), asked("%_'")
    ([['meier', 'anna'], ['meieranna']], [[' so', '1001'], ['so1001']], [[' ab']], [])
    >>> asked("mailto:anna@x.example"), asked("tel:+4915123456789")
    ([['annaxexample']], [['4915123456789'], ['23456789']])
    >>> asked("+49 151 2345678")
    [[' 49', '151', '2345678'], ['491512345678'], ['12345678']]
    >>> asked("Müller"), asked("Mueller"), asked("Jürgen Moss")
    ([['muller'], ['mueller']], [['mueller'], ['muller']], [['jurgen', 'moss'], ['juergen', 'moss'], ['jurgenmoss']])
    """
    text = _typed(text)
    words = _words(text)
    whole = solid(text)
    found = [[_piece(forms[spelling]) for forms in words] for spelling in range(3)] if words else []
    if len(words) > 1 and len(whole) >= PART:
        found.append([whole])
    if set(text) <= _PHONE and len(number := whole.lstrip("0")) >= DIALED and text[0] in "+0(":
        found.append([number[-_NUMBER:] if text.startswith(("+", "00")) else number])
    return [pieces for place, pieces in enumerate(found) if pieces not in found[:place]]


def widely(text: str) -> list[str]:
    """
    Give pieces for who found nothing, or little: each in all its forms, spelled otherwise and parted in two.

    Of digits alone, and where it would ask for nothing else than ``asked``, there are none.

    >>> widely("Müller"), widely("0418 Ortiz")
    (['muller|mueller|mu ller|mul ler|mull er'], ['0418', 'ortiz'])
    >>> widely("ortiz"), widely("0151 234")
    ([], [])
    """
    text = _typed(text)
    pieces = [OR.join(dict.fromkeys((*map(_piece, forms), *_parted(forms[0])))) for forms in _words(text)]
    is_wider = len(pieces) > 1 or any(map(_parted, map(as_typed, pieces)))
    return pieces if is_wider and not set(text) <= _PHONE else []


def _parted(word: str) -> list[str]:
    is_long = word.isalpha() and len(word) in _JOINED
    return [f"{word[:place]} {word[place:]}" for place in range(2, len(word) - 1)] if is_long else []


def as_typed(piece: str) -> str:
    """Give a piece in its first form alone."""
    return piece.partition(OR)[0]


def _typed(text: str) -> str:
    text = text[:LONGEST].strip()
    link = _LINK.match(text)
    return text[link.end() :] if link else text


def _words(text: str) -> list[tuple[str, str, str]]:
    """Give each word once: as it was typed, with two signs for one with dots, and with one for two."""
    words = {plain: word for word in reversed(_APART.split(text)) if (plain := solid(word))}
    return [(plain, _dotted(word), _bare(plain)) for plain, word in reversed(words.items())][:MOST_WORDS]


def _dotted(word: str) -> str:
    return solid(word if word.isascii() else unicodedata.normalize("NFKC", word).casefold().translate(_TWO_SIGNS))


def _bare(plain: str) -> str:
    bare = _ONE_SIGN.sub(r"\1", plain)
    return bare if len(bare) >= PART else plain


def _piece(word: str) -> str:
    return word if len(word) >= PART else f" {word}"


def _digit(sign: str) -> str:
    return str(unicodedata.decimal(sign)) if sign.isdecimal() else sign
