"""
The typeface of our papers, and text as it can be set in it.

Noto Sans has Latin, Greek and Cyrillic. A sign that it lacks (an emoji, Hebrew, Chinese) is set as the mark for one
that is unknown, so that a reader sees that there is one.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import fontpkg_noto_sans
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FACE = "NotoSans"
FILE = Path(fontpkg_noto_sans.ROOT) / "files" / "NotoSans[wdth,wght].ttf"
UNKNOWN = "\ufffd"
_BREAKS = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_UNSEEN = ("Cc", "Cf", "Cs")
"""What is no sign: control characters, and those that turn or hide the text around them."""


@cache
def face() -> str:
    """Give the name of the typeface, known to the library from the first time on."""
    pdfmetrics.registerFont(TTFont(FACE, str(FILE)))
    return FACE


@cache
def _known() -> frozenset[int]:
    font: Any = pdfmetrics.getFont(face())
    return frozenset(font.face.charToGlyph)


def settable(text: str) -> str:
    """
    Give text as it can be set: lines stay, what is invisible goes, what the typeface lacks is marked.

    >>> settable("Lampă αЖ"), settable("a\\u202eb\\x00c"), settable("☃ 中")
    ('Lampă αЖ', 'abc', '\ufffd \ufffd')
    """
    if text.isascii() and text.isprintable():
        return text
    signs = []
    for sign in unicodedata.normalize("NFC", _BREAKS.sub("\n", text)):
        if sign in "\n\t":
            signs.append("\n" if sign == "\n" else " ")
        elif unicodedata.category(sign) in _UNSEEN:
            continue
        else:
            signs.append(sign if ord(sign) in _known() else UNKNOWN)
    return "".join(signs)


def marked_up(text: str) -> str:
    """
    Give text for a paragraph of the library, which reads XML: nothing in it is a tag.

    >>> marked_up("<b>1 & 2</b>\\n3")
    '&lt;b&gt;1 &amp; 2&lt;/b&gt;<br/>3'
    """
    return escape(settable(text)).replace("\n", "<br/>")
