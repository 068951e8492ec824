"""Good files spoiled at random, as programs, spreadsheets and people spoil them; the same seed spoils them alike."""

import io
import random
from dataclasses import dataclass

from openpyxl import Workbook

from . import doors

ENCODINGS = ["utf-8", "utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "utf-32"]
CELLS = [
    *(
        '"',
        '""',
        "'",
        "\\",
        "\t",
        ";",
        ",",
        "|",
        "\n",
        "\r\n",
        "\r",
        "\0",
        "\ufeff",
        "\u200b",
        "\u00a0",
        "\u2028",
        "é",
        "€",
        "ß",
    ),
    *(
        "12,000",
        "12.000",
        "1,5",
        "-3",
        "(3)",
        "3-",
        "1e5",
        "4.00638E+12",
        "22423.0",
        "NaN",
        "inf",
        "10%",
        "1/2",
        "9" * 40,
    ),
    *(
        "#N/A",
        "#REF!",
        "NULL",
        "-",
        "=1+1",
        "@x",
        "+1",
        "|x",
        "Total",
        "Grand total",
        "",
        " ",
        "x" * 300,
        "$5",
        "£5",
        "５",
    ),
    *(
        "12,- €",
        "12.–",
        "-12,-",
        "12:-",
        "US $12",
        "$12 USD",
        "kr. 3",
        "1'234.50",
        "1\u202f234,50",
        "٣٤",
        "１２",
        "3 Euro",
    ),
    *("1. März 2025", "1 de marzo de 2025", "March 1st, 2025", "Sat, 01 Mar 2025 10:00:00 +0100", "1 jui 2025", "Sa"),
    *(
        "2025-03-01 10:00 CST",
        "2025-03-01 10:00:00+99",
        "01-MAR-25",
        "\u200e2025-03-01",
        '"00123"',
        "'00123",
        '="00123"',
    ),
    *('=T("1")', "mailto:a@x.example", "\u00ad", "reference", "sku"),
    *("31.02.2026", "12/31/2026", "31/12/2026", "2026-13-01", "24:00", "TRUE", "not stocked", "TEE-S", "MAIN", "sep=;"),
]


@dataclass(frozen=True, slots=True)
class Mangled:
    """One spoiled file: its kind, its name, its bytes; ``rows`` counts its rows where that is plain to see, else -1."""

    kind: str
    name: str
    content: bytes
    rows: int = -1


def originals():
    """Give the cases that are text, and their kinds."""
    listed = (doors.CASES / "cases.csv").read_text().splitlines()[1:]
    for line in listed:
        name, kind, *_ = line.split(",")
        if not name.endswith(".xlsx"):
            yield kind, name, (doors.CASES / name).read_text("utf-8-sig")


def others():
    """Give a good file of each kind that has none among the cases."""
    suppliers = "code,name,email,currency\nACME,Acme,buy@acme.example,EUR\nNORD,Nordlys,,\n"
    deliveries = (
        "supplier,reference,sku,quantity,sent_at,received_at,confirmed_date\n"
        "Acme,PO-1,TEE-S,5,2025-01-02,2025-01-20,2025-01-18\nAcme,PO-2,TEE-M,7,2025-02-03,2025-02-21,\n"
    )
    yield from (("suppliers", "suppliers.csv", suppliers), ("deliveries", "deliveries.csv", deliveries))


def mangled(seed, files):
    """Spoil one of the files."""
    chance = random.Random(seed)
    kind, name, text = chance.choice(files)
    for _ in range(chance.choice([0, 1, 1, 2, 3, 5])):
        text = chance.choice(STEPS)(chance, text)
    if chance.random() < 0.2:
        return Mangled(kind, f"{seed}-{name}.xlsx", _workbook(chance, text))
    encoding = chance.choice(ENCODINGS)
    content = text.encode(encoding, "replace")
    for _ in range(chance.choice([0, 0, 0, 0, 1, 3])):
        content = _spoiled(chance, content)
    return Mangled(kind, f"{seed}-{name}", content, _plain_rows(text, content))


def _plain_rows(text, content):
    """Count lines that hold something, where no line can hold half a row and all bytes are those of the text."""
    if '"' in text or "\0" in text or content not in {text.encode(), b"\xef\xbb\xbf" + text.encode()}:
        return -1
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if any(line.lower().startswith("sep=") for line in lines):
        return -1
    return sum(bool(line.strip(",;\t| \u00a0\u2028\ufeff\u200b")) for line in lines)


def _insert(chance, text):
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(CELLS) + text[at:]


def _cut(chance, text):
    at = chance.randrange(len(text) + 1)
    return text[:at] + text[at + chance.choice([1, 1, 5, 50]) :]


def _truncate(chance, text):
    return text[: chance.randrange(len(text) + 1)]


def _cell(chance, text):
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    sign = max(",;\t|", key=lines[at].count)
    cells = lines[at].split(sign)
    cells[chance.randrange(len(cells))] = chance.choice(CELLS)
    lines[at] = sign.join(cells)
    return "\n".join(lines)


def _separator(chance, text):
    return text.replace(max(",;\t|", key=text.count), chance.choice(",;\t|^"))


def _row(chance, text):
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    what = chance.choice(["again", "gone", "blank", "title", "total", "swap", "wide", "short"])
    if what == "again":
        lines.insert(at, lines[at])
    elif what == "gone":
        del lines[at]
    elif what == "blank":
        lines.insert(at, chance.choice(["", ",,,", " ", "\t\t"]))
    elif what == "title":
        lines.insert(0, chance.choice(["Report", "Report,,,", "As of 24 Nov;;", "# a note"]))
    elif what == "total":
        lines.append(chance.choice(["Total,12,,", ",,Total", "3 record(s) downloaded", "Summe;;5"]))
    elif what == "swap":
        chance.shuffle(lines)
    elif what == "wide":
        lines[at] += chance.choice([",", ",,,", ",x", ";y", "\tz" * 300])
    else:
        lines[at] = lines[at][: len(lines[at]) // 2]
    return "\n".join(lines)


def _ends(chance, text):
    plain = text.replace("\r\n", "\n")
    if chance.random() < 0.2:
        return "".join(line + chance.choice(["\n", "\r\n", "\r"]) for line in plain.split("\n"))
    return plain.replace("\n", chance.choice(["\n", "\r\n", "\r"]))


def _quotes(chance, text):
    sign = max(",;\t|", key=text.count)
    if chance.random() < 0.5:
        return text.replace(sign, f'"{sign}"')
    return "\n".join(
        sign.join('"' + cell.strip("\r").replace('"', '""') + '"' for cell in line.split(sign))
        for line in text.split("\n")
    )


def _behind(chance, text):
    """Put the file behind itself, as people join what was exported month by month."""
    return text + chance.choice(["", "\n", "\ufeff", "\n\ufeff", "\r\n"]) + text


STEPS = [_behind, _insert, _insert, _cut, _truncate, _cell, _cell, _cell, _separator, _row, _row, _row, _ends, _quotes]


def _spoiled(chance, content):
    at = chance.randrange(len(content) + 1)
    what = bytes(chance.randrange(256) for _ in range(chance.choice([1, 1, 4])))
    return chance.choice([content[:at] + what + content[at:], content[:at] + content[at + 1 :], content[:at]])


def _workbook(chance, text):
    book = Workbook()
    sheet = book.active
    sign = max(",;\t|", key=text.count)
    for row, line in enumerate(text.replace("\0", "").splitlines()[:60], start=chance.choice([1, 1, 3])):
        for column, cell in enumerate(line.split(sign)[:60], start=1):
            value = "".join(letter for letter in cell.strip('"') if letter.isprintable())
            sheet.cell(
                row, column, float(value) if value.isdecimal() and chance.random() < 0.7 and len(value) < 16 else value
            )
    for _ in range(chance.choice([0, 0, 1, 3])):
        cell = sheet.cell(chance.randrange(1, 6), chance.randrange(1, 6))
        cell.value = chance.choice([True, "=A1", 0.1, 1e300, 12345678901234567890, "#N/A", None, 45_000.5, -1])
    if chance.random() < 0.3:
        top, left = chance.randrange(1, 6), chance.randrange(1, 6)
        sheet.merge_cells(start_row=top, start_column=left, end_row=top + chance.randrange(3), end_column=left + 1)
    if chance.random() < 0.4:
        other = book.create_sheet(chance.choice(["Notes", "Sheet 2", "März"]), chance.choice([0, 1]))
        other.append(chance.choice([["sku", "quantity"], ["read me"], []]))
        other.sheet_state = chance.choice(["visible", "hidden", "veryHidden"])
    if chance.random() < 0.1:
        book.create_sheet("Shown", 0)
        sheet.sheet_state = "hidden"
    packed = io.BytesIO()
    book.save(packed)
    content = packed.getvalue()
    return _spoiled(chance, content) if chance.random() < 0.3 else content
