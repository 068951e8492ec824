"""Files for tests: written to a folder, as a shop would send them."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from inventory.ground.tabular import Reading, Sheet, Source
from inventory.resources import Plan, Resource


def text(folder: Path, content: str, *, name: str = "file.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content.encode(encoding))
    return path


def workbook(folder: Path, rows: Sequence[Sequence[Any]], *, name: str = "file.xlsx") -> Path:
    book = Workbook(write_only=True)
    table = book.create_sheet()
    for row in rows:
        table.append(list(row))
    book.save(folder / name)
    return folder / name


def bomb(folder: Path) -> Path:
    """A workbook of some 1 MB that unpacks to 310 MB."""
    path = workbook(folder, [["sku"], ["A"]], name="bomb.xlsx")
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/media/zeros.xml", "w") as part,
    ):
        zeros = bytes(2**20)
        for _ in range(310):
            part.write(zeros)
    return path


def sheet(path: Path, resource: Resource, **options: Any) -> Sheet:
    return Sheet(Source(path), resource.columns, Reading(kind=resource.kind, fill=resource.fill, **options))


def look(path: Path, resource: Resource, **options: Any) -> Plan:
    return resource.check(sheet(path, resource, **options))


def told(plan: Plan) -> list[str]:
    return [str(problem) for problem in plan.problems]
