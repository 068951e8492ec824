"""Bare numbers that a program wrote for a moment: days since the end of 1899, or seconds since 1970. Pure."""

import re
from datetime import UTC, date, datetime, timedelta

_SERIAL = re.compile(r"[2-7]\d{4}(?:[.,]\d+)?")
_SECONDS = re.compile(r"1\d{9}(?:\d{3})?")


def said(cell: str) -> str:
    """
    Say what a bare number is that a program wrote for a moment: days since the end of 1899, or seconds since 1970.

    >>> said("45992.5")
    '; this is how a spreadsheet counts days: format the column as dates, and it says 2025-12-01'
    >>> said("1771581600")
    '; this counts seconds since 1970, and is 2026-02-20: have the program write dates'
    >>> said("459"), said("99999"), said("Lamp")
    ('', '', '')
    """
    if _SERIAL.fullmatch(cell):
        day = date(1899, 12, 30) + timedelta(days=int(cell[:5]))
        return f"; this is how a spreadsheet counts days: format the column as dates, and it says {day}"
    if _SECONDS.fullmatch(cell):
        day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(cell[:10]))).date()
        return f"; this counts seconds since 1970, and is {day}: have the program write dates"
    return ""
