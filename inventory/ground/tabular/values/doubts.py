"""
What looks wrong in the values of a whole file and may be meant: each is named in a sentence, and nothing changes.
Pure.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from inventory.ground import keys

KEPT_DIGITS = 15
"""What a spreadsheet keeps of a number; the rest it makes zeros."""
LONG_DIGITS = 17
"""A code of so many digits that ends in nothing but zeros behind the kept ones was hardly given so."""


def of(codes: Iterable[Any], values: Iterable[Any]) -> list[str]:
    """
    Give a sentence on each kind of doubt.

    :param codes: values that name things; all of them are among the ``values`` too
    """
    named = [code for code in codes if isinstance(code, str)]
    return [told for told in (mixed(named), worn(named), garbled(values)) if told]


def mixed(codes: Sequence[str]) -> str:
    """
    Name the codes that mix letters of several alphabets, which nobody tells apart; "" if none does.

    >>> mixed(["TEE-S", "\\u0422EE-S"])
    '“\\u0422EE-S” mixes Latin and Cyrillic letters, and looks like “TEE-S”: they are two codes. Is it meant?'
    """
    found = [code for code in codes if not code.isascii() and keys.alphabets(code)]
    if not found:
        return ""
    code = found[0]
    return (
        f"“{code}” mixes {keys.alphabets(code)} letters{_more(found)}, and looks like “{keys.taken_for(code)}”: they "
        "are two codes. Is it meant?"
    )


def worn(codes: Sequence[str]) -> str:
    """
    Name the codes of many digits of which a spreadsheet may have kept fifteen; "" if there are none.

    >>> worn(["576461413038785000", "4006381333931"])
    '“576461413038785000” ends in zeros where a spreadsheet loses digits. Is it meant? Else export the column as text.'
    """
    found = [
        code
        for code in codes
        if len(code) >= LONG_DIGITS and code.isascii() and code.isdigit() and not code[KEPT_DIGITS:].strip("0")
    ]
    if not found:
        return ""
    return (
        f"“{found[0]}” ends in zeros where a spreadsheet loses digits{_more(found)}. Is it meant? Else export the "
        "column as text."
    )


def garbled(values: Iterable[Any]) -> str:
    """
    Name text that was written as UTF-8 and read as Windows-1252 on its way; "" if there is none.

    >>> garbled(["Größe", "GrÃ¶ÃŸe", "Ã"])
    '“GrÃ¶ÃŸe” was “Größe” before some program read it in another encoding: export the file anew, as UTF-8.'
    """
    found = [(value, meant) for value in values if isinstance(value, str) and (meant := _meant(value))]
    if not found:
        return ""
    value, meant = found[0]
    return (
        f"“{value[:40]}” was “{meant[:40]}” before some program read it in another encoding{_more(found)}: export the "
        "file anew, as UTF-8."
    )


def _meant(value: str) -> str:
    if value.isascii():
        return ""
    try:
        meant = value.encode("cp1252").decode()
    except UnicodeError:
        return ""
    return meant if meant.isprintable() else ""


def _more(found: Sequence[Any]) -> str:
    more = len(found) - 1
    return f", as {more:,} more {'does' if more == 1 else 'do'}" if more else ""
