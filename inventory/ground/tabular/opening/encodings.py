"""
Text that is no UTF-8: is it Windows-1252, or do its letters only show that it is something else? Pure.

Nearly any bytes read as Windows-1252. Those of Mac OS, of Cyrillic or Japanese Windows give words that nobody writes:
capitals inside small ones, signs between letters, three letters with accents in a row. Central European Windows differs
in a few letters only, so that nobody but a reader can tell: what was read is shown.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

EXAMPLES = 3
_WORD = re.compile(r"[^\s,;|\t\"]*[^\x00-\x7f\s][^\s,;|\t\"]*")
_ODD = re.compile(
    r"[a-zß-öø-ÿ][À-ÖØ-ÞŠŽŸŒ]"  # a capital behind a small letter
    r"|[^\W\d_][^\w\s\x00-\x7f’‘´·–—®©™°×÷•…€£“”«»±][^\W\d_]"  # a sign between letters that stands in no name
    r"|ƒ|Ÿ"
    r"|[^\x00-\x7f\W\d_]{3}"  # three letters with accents
)
MOST_ODD = 0.2
"""Share of the words with signs beyond ASCII that may look odd, before the whole file does."""


@dataclass(slots=True)
class Judged:
    """Words with signs beyond ASCII: how many, how many of them nobody writes, and the first of each."""

    words: int = 0
    odd: int = 0
    examples: list[str] = field(default_factory=list)
    odd_examples: list[str] = field(default_factory=list)

    @property
    def is_odd(self) -> bool:
        return self.odd > MOST_ODD * self.words


def judge(lines: Iterable[str]) -> Judged:
    """
    Look at the words of a text.

    >>> judge(["Müller Größe – 5 €", "CAFÉ, Élan", "L’été Nike®Air"]).is_odd, judge(["MŸller Grš§e", "CafŽ"]).is_odd
    (False, True)
    >>> judge(["Ôóòáîëêà"]).is_odd, judge(["ƒVƒƒƒc"]).is_odd, judge(["Straße naïve 5³ ÄÖÜ-1"]).odd_examples
    (True, True, ['ÄÖÜ-1'])
    """
    found = Judged()
    for line in lines:
        if line.isascii():
            continue
        for word in _WORD.findall(line):
            found.words += 1
            is_odd = _ODD.search(word) is not None
            found.odd += is_odd
            shown = found.odd_examples if is_odd else found.examples
            if len(shown) < EXAMPLES and word not in shown:
                shown.append(word)
    return found


def quoted(words: Iterable[str]) -> str:
    """Name words."""
    return ", ".join(f"“{word[:40]}”" for word in words)
