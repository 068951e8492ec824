"""
Open a file that somebody sent us and read its rows, trusting nothing about it.

What it is shows in its first bytes, not in its name: CSV text, the same packed with gzip or xz, or XLSX.
Every file is read as a stream within limits, so that one that unpacks to gigabytes is refused and not unpacked.
"""

import codecs
import csv
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from . import workbook
from .limits import MAX_COLUMNS, MAX_LINE, MAX_RATIO, MAX_ROWS, MAX_UNPACKED, SMALL, Unreadable, megabytes

DELIMITERS = ",;\t|"
_CHUNK = 1 << 20
_SAMPLE_LINES = 30
_PACKED: dict[bytes, Callable[[Path], Any]] = {b"\x1f\x8b": gzip.GzipFile, b"\xfd7zXZ\x00": lzma.LZMAFile}
_FOREIGN = {
    b"\xd0\xcf\x11\xe0": "is an old Excel file (.xls)",
    b"%PDF": "is a PDF",
    b"BZh": "is packed with bzip2",
    b"7z\xbc\xaf": "is packed with 7-Zip",
    b"Rar!": "is packed with RAR",
    b"\x28\xb5\x2f\xfd": "is packed with Zstandard",
    b"\x89PNG": "is a picture",
    b"\xff\xd8\xff": "is a picture",
    b"{": "is JSON",
    b"<": "is XML or HTML",
}


class Source:
    """
    One file as rows of text cells; may be iterated again from its start.

    ``lines`` is about how many rows there are, for a progress bar; 0: it does not say.

    :raises Unreadable: when made or iterated, if it is no table or beyond the limits
    """

    def __init__(self, path: Path, name: str = "", *, most_columns: int = MAX_COLUMNS) -> None:
        self.most_columns = most_columns
        self.path = path
        self.name = name or path.name
        try:
            self.packed = path.stat().st_size
            with path.open("rb") as handle:
                self.magic = handle.read(8)
        except OSError as error:
            raise Unreadable(f"{self.name} cannot be opened: {error.strerror or error}.") from error
        if not self.packed:
            raise Unreadable(f"{self.name} is empty.")
        self.is_workbook = self.magic.startswith(b"PK\x03\x04")
        if self.is_workbook:
            workbook.check(path, self.name)
            self.lines = 0
        else:
            self.encoding, self.lines = self._scan()
            self.delimiter = self._sniff()

    def __iter__(self) -> Iterator[tuple[int, Sequence[str]]]:
        """Give each row with its number as a spreadsheet shows it; blank rows count but are left out."""
        rows = workbook.rows(self.path, self.name) if self.is_workbook else self._csv_rows()
        number = 0
        try:
            for number, cells in rows:
                if number > MAX_ROWS:
                    raise Unreadable(f"{self.name} has more than {MAX_ROWS:,} rows. Please split it.")
                if len(cells) > self.most_columns and any(cells[self.most_columns :]):
                    raise Unreadable(
                        f"Row {number} of {self.name} has {len(cells):,} cells; "
                        f"{self.most_columns:,} are the most we read."
                    )
                if any(cells):
                    yield number, cells
        except csv.Error:
            raise Unreadable(
                f'{self.name}: a cell below row {number} is too long. Is a closing quote (") missing?'
            ) from None

    def _open(self) -> IO[bytes]:
        unpack = next((opener for magic, opener in _PACKED.items() if self.magic.startswith(magic)), None)
        stream = unpack(self.path) if unpack else self.path.open("rb")
        return io.BufferedReader(_Capped(stream, self.packed, self.name), _CHUNK)

    def _scan(self) -> tuple[str, int]:
        """Read it once: which encoding, how many lines, and is it text at all?"""
        with self._open() as stream:
            chunk = stream.read(_CHUNK)
            self._refuse_foreign(chunk)
            if chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                return "utf-16", chunk.count(b"\n")
            decoder = codecs.getincrementaldecoder("utf-8")()
            encoding, lines = "utf-8-sig", 0
            while chunk:
                lines += chunk.count(b"\n")
                if b"\0" in chunk:
                    raise Unreadable(f"{self.name} is not a text file: it holds NUL bytes. Send CSV or XLSX.")
                if encoding == "utf-8-sig":
                    encoding = "utf-8-sig" if _decodes(decoder, chunk) else "cp1252"
                chunk = stream.read(_CHUNK)
        return encoding, lines

    def _refuse_foreign(self, chunk: bytes) -> None:
        for start, what in _FOREIGN.items():
            if chunk.lstrip().startswith(start):
                raise Unreadable(f"{self.name} {what}. Send CSV or XLSX.")
        if chunk.startswith((b"PK\x03\x04", *_PACKED)):
            raise Unreadable(f"{self.name} is packed twice. Unpack it once and send it again.")
        if not chunk.strip():
            raise Unreadable(f"{self.name} is empty.")

    def _text_lines(self) -> Iterator[str]:
        number = 0
        with io.TextIOWrapper(self._open(), encoding=self.encoding, newline="") as text:
            try:
                while line := text.readline(MAX_LINE):
                    number += 1
                    if len(line) == MAX_LINE:
                        raise Unreadable(f"Line {number} of {self.name} is too long to be a row of a table.")
                    if number > 1 or not line.lower().startswith("sep="):
                        yield line
            except UnicodeError:
                raise Unreadable(
                    f"{self.name} is neither UTF-8 nor Windows-1252 text (below line {number}). Save it as UTF-8."
                ) from None

    def _csv_rows(self) -> Iterator[tuple[int, list[str]]]:
        yield from enumerate(csv.reader(self._text_lines(), delimiter=self.delimiter), start=1)

    def _sniff(self) -> str:
        """Find the delimiter that gives the first rows as many cells as the header; the comma if none does."""
        sample = []
        for line in self._text_lines():
            sample.append(line)
            if len(sample) == _SAMPLE_LINES:
                break
        best, best_score = ",", (0.0, 0)
        for delimiter in DELIMITERS:
            try:
                widths = [len(cells) for cells in csv.reader(sample, delimiter=delimiter) if cells]
            except csv.Error:
                continue
            if widths and widths[0] > 1:
                score = (sum(width == widths[0] for width in widths) / len(widths), widths[0])
                best, best_score = max((best, best_score), (delimiter, score), key=lambda option: option[1])
        return best


class _Capped(io.RawIOBase):
    """A stream that refuses to unpack to more than the limits."""

    def __init__(self, stream: Any, packed: int, name: str) -> None:
        self.stream = stream
        self.packed = packed
        self.name = name
        self.unpacked = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self.stream.read(len(buffer))
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            raise Unreadable(f"{self.name} is damaged: it cannot be unpacked to its end.") from error
        self.unpacked += len(data)
        if self.unpacked > MAX_UNPACKED or self.unpacked > max(SMALL, MAX_RATIO * self.packed):
            raise Unreadable(
                f"{self.name} unpacks to more than {megabytes(self.unpacked - 1)}, from {megabytes(self.packed)}. "
                "Please split it."
            )
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self.stream.close()
        super().close()


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes) -> bool:
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError:
        return False
    return True
