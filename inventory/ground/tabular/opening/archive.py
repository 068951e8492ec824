"""
The ZIP archive around a workbook, looked at before anything reads it.

What the reader of workbooks is given is an archive of our own making: the parts it needs, unpacked here, each no
larger than its directory says, together no more than the limits; so no part can grow under its hands.
"""

import io
import posixpath
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from defusedxml import ElementTree

from .limits import MAX_PARTS, MAX_RATIO, MAX_SHARED_STRINGS, MAX_UNPACKED, SMALL, Unreadable, megabytes

_OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_STRICT = "{http://purl.oclc.org/ooxml/officeDocument/relationships}"
_DECLARES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_OTHER = {
    "xl/workbook.bin": "is a binary workbook (.xlsb). Save it as XLSX",
    "word/document.xml": "is a Word document. Send the table as CSV or XLSX",
    "ppt/presentation.xml": "is a presentation. Send the table as CSV or XLSX",
    "Index/Document.iwa": "is an Apple Numbers file. Export it as CSV or XLSX",
    "content.xml": "is an OpenDocument file (.ods). Save it as XLSX or CSV",
}


@dataclass(frozen=True, slots=True)
class Tab:
    """One sheet of a workbook: its name, its part of the archive, whether a person sees it."""

    name: str
    part: str
    is_visible: bool


class Archive:
    """
    A workbook's parts. Opened for one read, then closed.

    :raises Unreadable: if it is no workbook, damaged, encrypted, or would unpack to too much
    """

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        try:
            with zipfile.ZipFile(path) as archive:
                self.parts = archive.infolist()
        except Exception as error:  # besides BadZipFile: NotImplementedError, struct.error and more
            raise Unreadable(f"{name} is damaged: it is neither a ZIP archive nor an XLSX workbook.") from error
        self._check()
        self.tabs = self._tabs()

    def read(self, part: str) -> bytes:
        """
        Unpack one part whole; it declares no entities and is as large as the directory says.

        :raises Unreadable: if it does, or is not
        """
        try:
            with zipfile.ZipFile(self.path) as archive:
                content = archive.read(part)
        except Exception as error:  # a damaged archive can raise anything from zlib to KeyError
            raise self.damaged() from error
        if _DECLARES.search(content):
            raise Unreadable(f"{self.name} declares entities inside its XML, which no spreadsheet program does.")
        return content

    def packed_anew(self, tab: Tab, content: bytes) -> io.BytesIO:
        """Give an archive of the parts that one sheet needs, unpacked, for a reader to read."""
        needed = [part.filename for part in self.parts if _is_needed(part.filename) and part.filename != tab.part]
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
            for part in needed:
                archive.writestr(part, self.read(part))
            archive.writestr(tab.part, content)
        packed.seek(0)
        return packed

    def damaged(self) -> Unreadable:
        return Unreadable(f"{self.name} is not an XLSX workbook that can be read. Open it, and save it again.")

    def _check(self) -> None:
        names = [part.filename for part in self.parts]
        for part, what in _OTHER.items():
            if part in names:
                raise Unreadable(f"{self.name} {what}.")
        if "[Content_Types].xml" not in names or len(names) > MAX_PARTS:
            raise Unreadable(
                f"{self.name} is a ZIP archive, not an XLSX workbook. Unpack it and send the table itself."
            )
        if any(part.flag_bits & 1 for part in self.parts):
            raise Unreadable(f"{self.name} is encrypted. Save it without a password.")
        if len({name.lower() for name in names}) < len(names):
            raise Unreadable(f"{self.name} is damaged: it holds one part twice. Open it, and save it again.")
        packed = self.path.stat().st_size
        unpacked = sum(part.file_size for part in self.parts)
        if unpacked > MAX_UNPACKED or unpacked > max(SMALL, MAX_RATIO * packed):
            raise Unreadable(
                f"{self.name} unpacks to {megabytes(unpacked)}, from {megabytes(packed)}; "
                f"{megabytes(MAX_UNPACKED)} are the most we read. Save it as CSV, or split it."
            )
        strings = sum(part.file_size for part in self.parts if part.filename.lower().endswith("sharedstrings.xml"))
        if strings > MAX_SHARED_STRINGS:
            raise Unreadable(f"{self.name} holds {megabytes(strings)} of text. Save it as CSV, or split it.")

    def _tabs(self) -> list[Tab]:
        """Read from the workbook's own list which sheets it has, in their order, and which of them are shown."""
        try:
            targets = {
                link.get("Id"): _resolved(link.get("Target", ""))
                for link in self._tree("xl/_rels/workbook.xml.rels")
                if link.get("TargetMode") != "External" and str(link.get("Type", "")).endswith("/worksheet")
            }
            found = [
                Tab(
                    sheet.get("name", ""),
                    targets[sheet.get(f"{_OFFICE}id") or sheet.get(f"{_STRICT}id")],
                    sheet.get("state", "visible") == "visible",
                )
                for sheet in self._tree("xl/workbook.xml").iter()
                if sheet.tag.rpartition("}")[2] == "sheet"
                and (sheet.get(f"{_OFFICE}id") or sheet.get(f"{_STRICT}id")) in targets
            ]
        except Unreadable:
            raise
        except Exception as error:  # no XML, or not the one of a workbook
            raise self.damaged() from error
        if not found:
            raise Unreadable(f"{self.name} has no sheet.")
        return found

    def _tree(self, part: str) -> Any:
        return ElementTree.fromstring(self.read(part))


def _resolved(target: str) -> str:
    """
    Give the part that a workbook's link leads to.

    >>> _resolved("worksheets/sheet1.xml"), _resolved("/xl/worksheets/sheet1.xml")
    ('xl/worksheets/sheet1.xml', 'xl/worksheets/sheet1.xml')
    """
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")


def _is_needed(part: str) -> bool:
    """Say if a part is read for the values of a sheet: no pictures, no macros, no links to other files."""
    return part in {"[Content_Types].xml", "_rels/.rels"} or (
        posixpath.dirname(part) in {"xl", "xl/_rels"}
        and part.lower().endswith(("workbook.xml", "workbook.xml.rels", "sharedstrings.xml", "styles.xml"))
    )
