"""A text as a barcode that a scanner reads back: Code 128 where it can carry it in good width, else a QR code."""

from base64 import b64encode
from typing import Any

from reportlab.graphics.barcode import createBarcodeDrawing
from reportlab.graphics.barcode.code128 import Code128
from reportlab.graphics.barcode.qr import QrCode
from reportlab.lib.units import mm
from reportlab.platypus import Flowable

_drawing: Any = createBarcodeDrawing
LONGEST = 24
"""Signs of ASCII that are still wide enough to be read from paper."""
BAR, HEIGHT, SQUARE = 0.28 * mm, 12 * mm, 24 * mm


def of(text: str) -> Flowable:
    """Draw it, without the text itself."""
    if _is_narrow(text):
        bars: Flowable = Code128(text, barWidth=BAR, barHeight=HEIGHT, quiet=True, humanReadable=False)
        return bars
    square: Flowable = QrCode(value=text, width=SQUARE, height=SQUARE)
    return square


def picture(text: str) -> str:
    """Draw it as a picture, and give that as an address (``data:``), for a page."""
    if _is_narrow(text):
        drawn: Any = _drawing("Code128", value=text, barWidth=BAR, barHeight=HEIGHT, humanReadable=False)
    else:
        drawn = _drawing("QR", value=text, width=SQUARE, height=SQUARE)
    return f"data:image/svg+xml;base64,{b64encode(drawn.asString('svg').encode()).decode()}"


def _is_narrow(text: str) -> bool:
    """Whether bars can carry it in good width."""
    return text.isascii() and text.isprintable() and 0 < len(text) <= LONGEST
