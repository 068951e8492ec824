"""
XLSX files: a ZIP archive of XML, so its sizes are looked at before anything is unpacked.

``zipfile`` never gives more bytes than the directory says, so what the directory says is the bound.
"""

import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl

from .limits import (
    MAX_PARTS,
    MAX_RATIO,
    MAX_ROWS,
    MAX_SHARED_STRINGS,
    MAX_UNPACKED,
    SMALL,
    Unreadable,
    megabytes,
)


def check(path: Path, name: str) -> None:
    """
    Refuse an archive that is no workbook, or would unpack to too much.

    :raises Unreadable: with the reason
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except Exception as error:  # besides BadZipFile: NotImplementedError, struct.error and more
        raise Unreadable(f"{name} is damaged: it is neither a ZIP archive nor an XLSX workbook.") from error
    if not any(part.filename == "[Content_Types].xml" for part in parts) or len(parts) > MAX_PARTS:
        raise Unreadable(f"{name} is a ZIP archive, not an XLSX workbook. Unpack it and send the table itself.")
    if any(part.flag_bits & 1 for part in parts):
        raise Unreadable(f"{name} is encrypted. Save it without a password.")
    packed = path.stat().st_size
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED or unpacked > max(SMALL, MAX_RATIO * packed):
        raise Unreadable(
            f"{name} unpacks to {megabytes(unpacked)}, from {megabytes(packed)}; "
            f"{megabytes(MAX_UNPACKED)} are the most we read. Save it as CSV, or split it."
        )
    strings = sum(part.file_size for part in parts if part.filename.lower().endswith("sharedstrings.xml"))
    if strings > MAX_SHARED_STRINGS:
        raise Unreadable(f"{name} holds {megabytes(strings)} of text. Save it as CSV, or split it.")


def rows(path: Path, name: str) -> Iterator[tuple[int, list[str]]]:
    """
    Give the rows of the first sheet, every cell as the text a CSV would hold; a formula as its last result.

    :raises Unreadable: if the workbook is damaged
    """
    book = None
    try:
        with warnings.catch_warnings():
            # openpyxl warns of styles and validations that it leaves out; values are all we want.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        if not book.worksheets:
            raise Unreadable(f"{name} has no sheet.")
        sheet = book.worksheets[0]
        # A workbook may claim to be 16,384 columns wide; then every row would be filled up to that.
        sheet.reset_dimensions()
        # One more than the most, so that the reader of these rows can say that there are too many.
        for number, cells in enumerate(sheet.iter_rows(values_only=True, max_row=MAX_ROWS + 1), start=1):
            yield number, [_written(cell) for cell in cells]
    except Unreadable:
        raise
    except Exception as error:  # a damaged workbook can raise anything from zlib to KeyError
        raise Unreadable(f"{name} is not an XLSX workbook that can be read. Open it, and save it again.") from error
    finally:
        if book is not None:
            book.close()


def _written(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        # What a person sees: 12 and 0.1, not 12.0 and 0.1000000000000000055
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else f"{cell:.12g}"
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)
