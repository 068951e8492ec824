"""A text as a barcode that a scanner reads back: Code 128 where it can carry it in good width, else a QR code."""

from reportlab.graphics.barcode.code128 import Code128
from reportlab.graphics.barcode.qr import QrCode
from reportlab.lib.units import mm
from reportlab.platypus import Flowable

LONGEST = 24
"""Signs of ASCII that are still wide enough to be read from paper."""
BAR, HEIGHT, SQUARE = 0.28 * mm, 12 * mm, 24 * mm


def of(text: str) -> Flowable:
    """Draw it, without the text itself."""
    if text.isascii() and text.isprintable() and 0 < len(text) <= LONGEST:
        bars: Flowable = Code128(text, barWidth=BAR, barHeight=HEIGHT, quiet=True, humanReadable=False)
        return bars
    square: Flowable = QrCode(value=text, width=SQUARE, height=SQUARE)
    return square
