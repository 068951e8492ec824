"""Words that people type here, as they are kept: plain text, no longer than somebody reads. Writes nothing."""

import unicodedata

MOST_SIGNS = 10_000
"""Of a note: five pages."""
MOST_OF_A_LINE = 300


class NoWords(Exception):
    """Nothing but blanks was typed, or more than anybody reads."""


def text(typed: str, *, what: str = "A note", most: int = MOST_SIGNS) -> str:
    """
    Give a text as it is kept: lines end alike, and no control sign but these and tabs is in it.

    >>> text(" Called twice.\\r\\nNo\\x00 answer. \\n")
    'Called twice.\\nNo answer.'

    :raises NoWords: if nothing is left, or more than ``most`` signs are
    """
    lines = typed.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(sign for sign in lines if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs")).strip()
    if not kept:
        raise NoWords(f"{what} needs words.")
    if len(kept) > most:
        raise NoWords(f"{what} has at most {most:,} signs; this one has {len(kept):,}.")
    return kept


def line(typed: str, *, what: str, most: int = MOST_OF_A_LINE) -> str:
    """
    Give what was typed as one line.

    >>> line("They\\nrang", what="A reason")
    'They rang'

    :raises NoWords: as ``text`` does
    """
    return text(" ".join(typed.split()), what=what, most=most)
