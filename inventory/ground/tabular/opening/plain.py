"""Bytes that should be text: unpacked within limits, and in which of the encodings that shops use."""

import codecs
import gzip
import io
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from . import encodings
from .limits import MAX_LINE, MAX_RATIO, MAX_UNPACKED, SMALL, Unreadable, megabytes

_CHUNK = 1 << 20
_PACKED: dict[bytes, Callable[[Path], Any]] = {b"\x1f\x8b": gzip.GzipFile, b"\xfd7zXZ\x00": lzma.LZMAFile}
_FOREIGN = {
    b"\xd0\xcf\x11\xe0": "is an old Excel file (.xls), or an Excel file with a password: save it as XLSX, without one",
    b"%PDF": "is a PDF",
    b"BZh": "is packed with bzip2",
    b"7z\xbc\xaf": "is packed with 7-Zip",
    b"Rar!": "is packed with RAR",
    b"\x28\xb5\x2f\xfd": "is packed with Zstandard",
    b"\x89PNG": "is a picture",
    b"\xff\xd8\xff": "is a picture",
    b"{\\rtf": "is a text document (RTF)",
    b"{": "is JSON",
    b"[{": "is JSON",
    b"<": "is XML or HTML",
}
WESTERN = "cp1252"
_UNDEFINED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
"""Bytes that are nothing in Windows-1252."""
END = "\x1a"
"""The sign with which old systems end a file; it is no row."""
MARK = "\ufeff"
"""Stands at the beginning of a file, so also where a second one begins."""
_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_WHOLE_LETTER = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_ODD_BYTE = re.compile(rb"[\x80-\xff]")


class Text:
    """
    One text file. ``lines`` is about how many it has; ``has_quotes``: it holds a quotation mark somewhere;
    ``is_open_ended``: its last line has no end.

    :raises Unreadable: when made, if it is no text; when read, if it is beyond the limits
    """

    def __init__(self, path: Path, name: str, magic: bytes, packed: int) -> None:
        self.path = path
        self.name = name
        self.magic = magic
        self.packed = packed
        self.lines = 0
        self.has_quotes = self.is_open_ended = False
        self.told: list[str] = []
        self.encoding = self._scan()
        if self.encoding == WESTERN:
            self._judge()

    def __iter__(self) -> Iterator[str]:
        """
        Give each line with its end; a first line that names the separator for Excel is left out.

        Where another file was put behind this one, its mark and its header begin a line of their own.
        """
        number = 0
        first = ""
        with io.TextIOWrapper(self._open(), encoding=self.encoding, newline="") as text:
            try:
                while line := text.readline(MAX_LINE):
                    number += 1
                    if len(line) == MAX_LINE:
                        raise Unreadable(f"Line {number} of {self.name} is too long to be a row of a table.")
                    if "\0" in line:
                        raise Unreadable(f"{self.name} is not a text file: line {number} holds NUL bytes.")
                    if line[-1] == END:
                        line = line.rstrip(END)
                    if MARK in line:
                        before, _, line = line.rpartition(MARK) if _is_glued(line, first) else ("", "", line)
                        line = line.lstrip(MARK)
                        if before:
                            yield before + "\n"
                    first = first or line.strip()
                    if number > 1 or not line.lower().lstrip('"').startswith("sep="):
                        yield line
            except UnicodeError:
                raise Unreadable(
                    f"{self.name} is neither UTF-8 nor Windows-1252 text (below line {number}). Save it as UTF-8."
                ) from None

    def _open(self) -> IO[bytes]:
        unpack = next((opener for magic, opener in _PACKED.items() if self.magic.startswith(magic)), None)
        stream = unpack(self.path) if unpack else self.path.open("rb")
        return io.BufferedReader(_Capped(stream, self.packed, self.name), _CHUNK)

    def _scan(self) -> str:
        """Read it once: which encoding, how many lines, and is it text at all?"""
        with self._open() as stream:
            chunk = stream.read(_CHUNK)
            self._refuse_foreign(chunk)
            wide = _UTF_16.get(chunk[:2]) or _unmarked(chunk)
            if wide:
                self.lines, self.has_quotes = chunk.count(b"\n"), True
                return wide
            decoder = codecs.getincrementaldecoder("utf-8")()
            bad_line = whole = odd = 0
            while chunk:
                if b"\0" in chunk:
                    raise Unreadable(f"{self.name} is not a text file: it holds NUL bytes. Send CSV or XLSX.")
                if not bad_line and (good := _decodes(decoder, chunk)) >= 0:
                    bad_line = self.lines + chunk[:good].count(b"\n") + 1
                if not chunk.isascii():
                    whole += len(_WHOLE_LETTER.findall(chunk))
                    odd += len(_ODD_BYTE.findall(_WHOLE_LETTER.sub(b"", chunk)))
                self.lines += chunk.count(b"\n") or chunk.count(b"\r")
                self.has_quotes = self.has_quotes or b'"' in chunk
                self.is_open_ended = chunk[-1:] not in {b"\n", b"\r", END.encode()}
                chunk = stream.read(_CHUNK)
        if not bad_line:
            return "utf-8-sig"
        if whole > odd:
            # Read as Windows-1252, every good letter of it would become two wrong ones.
            raise Unreadable(
                f"{self.name} is UTF-8 text, but line {bad_line} holds bytes that are not. Save it as UTF-8."
            )
        return WESTERN

    def _judge(self) -> None:
        """Refuse what reads as Windows-1252 and is not; else say what it says, for a reader to judge."""
        with self._open() as stream:
            for number, line in enumerate(iter(lambda: stream.readline(MAX_LINE), b""), start=1):
                if _UNDEFINED.search(line):
                    raise Unreadable(
                        f"{self.name} is neither UTF-8 nor Windows-1252 text (line {number}). Save it as UTF-8."
                    )
        found = encodings.judge(self)
        if found.is_odd:
            raise Unreadable(
                f"{self.name} is not UTF-8, and read as Windows-1252 it says {encodings.quoted(found.odd_examples)}: "
                "it is in another encoding. Save it as UTF-8."
            )
        if found.words:
            self.told.append(
                f"Read as Windows-1252, so that it says {encodings.quoted([*found.examples, *found.odd_examples])}. "
                "Where that is wrong, save the file as UTF-8."
            )

    def _refuse_foreign(self, chunk: bytes) -> None:
        if chunk.startswith(_UTF_32):
            raise Unreadable(f"{self.name} is UTF-32 text. Save it as UTF-8.")
        for start, what in _FOREIGN.items():
            if chunk.removeprefix(codecs.BOM_UTF8).lstrip().startswith(start):
                raise Unreadable(f"{self.name} {what}. Send CSV or XLSX.")
        if chunk.startswith((b"PK\x03\x04", *_PACKED)):
            raise Unreadable(f"{self.name} is packed twice. Unpack it once and send it again.")
        if not chunk.removeprefix(codecs.BOM_UTF8).strip():
            raise Unreadable(f"{self.name} is empty.")


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


def _is_glued(line: str, header: str) -> bool:
    """Say if a line ends with the mark of a file and its header: the one before had no end of line."""
    before, _, after = line.rpartition(MARK)
    return bool(before.strip(MARK)) and bool(header) and after.strip() == header


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes) -> int:
    """Give the place of the first byte that is no UTF-8, or -1."""
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError as error:
        return min(error.start, len(chunk))
    return -1


def _unmarked(chunk: bytes) -> str:
    """Know UTF-16 without its mark: in a table of Western text every other byte is NUL."""
    head = chunk[:2000]
    even, odd = head[0::2], head[1::2]
    if len(head) < 8 or len(head) % 2:
        return ""
    if odd.count(0) > 0.9 * len(odd) and not even.count(0):
        return "utf-16-le"
    return "utf-16-be" if even.count(0) > 0.9 * len(even) and not odd.count(0) else ""
