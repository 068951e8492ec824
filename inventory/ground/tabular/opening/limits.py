"""What one file may be at most. Generous for a shop, too small for a bomb."""

MAX_UNPACKED = 300 * 2**20
SMALL = 32 * 2**20
"""Up to here any ratio of packing is believed."""
MAX_RATIO = 200
MAX_SHARED_STRINGS = 64 * 2**20
MAX_PARTS = 5_000
MAX_ROWS = 2_000_000
MAX_COLUMNS = 256
MAX_AREA = 26_000_000
"""Cells of one sheet, empty ones too: a workbook's reader keeps them all."""
MAX_LINE = 2**20


class Unreadable(Exception):
    """The file is no table we can read; the message says why, to the person who sent it."""


def megabytes(size: int) -> str:
    """
    Say a size in bytes.

    >>> megabytes(300 * 2**20), megabytes(5 * 2**30), megabytes(800)
    ('300 MB', '5.0 GB', '1 KB')
    """
    if size >= 2**30:
        return f"{size / 2**30:,.1f} GB"
    return f"{size / 2**20:,.0f} MB" if size >= 2**20 else f"{max(1, size // 1024)} KB"
