"""The two doors that files come in by, the command and the upload, so that a test can try both with the same words."""

import io
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlparse

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

UPLOADED_AS = {"all_others_zero": "is_all_others_zero"}
"""The flags of the command, and the fields of the upload that say the same."""
BOXES = {"newer": "is_newer", "reused": "is_reused", "tell": "is_telling", "skip_bad": "is_skipping"}
"""The flags of the command, and the boxes of the preview that say the same."""
CASES = Path(__file__).parent / "cases"
BOTH = ("command", pytest.param("upload", marks=pytest.mark.proof))
"""Through the pages of an upload a file takes seven times as long: what the command says every day is proved there."""


@dataclass
class Answer:
    """What a door said: whether it loaded, and everything that it told."""

    is_loaded: bool
    told: str
    notes: list[str] = field(default_factory=list)


def command(kind, path, *, mapping=None, mapping_name="", **options):
    """Load a file by ``manage.py load``."""
    out = io.StringIO()
    flags = [f"--{name.replace('_', '-')}" + ("" if value is True else f"={value}") for name, value in options.items()]
    flags += [f"--map={column}={name}" for column, name in (mapping or {}).items()]
    flags += [f"--mapping={mapping_name}"] if mapping_name else []
    try:
        call_command("load", kind, str(path), *flags, stdout=out)
    except CommandError as error:
        return Answer(is_loaded=False, told=str(error))
    return Answer(is_loaded=True, told=out.getvalue())


class Upload:
    """Load a file in the admin: choose it, say what is asked, look, confirm."""

    def __init__(self, client):
        self.client = client

    def __call__(self, kind, path, *, mapping=None, dates="", sheet="", header_row="", layout="", **said):
        how = {"dates": dates, "sheet": sheet, "header_row": header_row, "layout": layout}
        how |= {UPLOADED_AS.get(name, name): value for name, value in said.items() if name not in BOXES}
        file = SimpleUploadedFile(path.name, path.read_bytes())
        chosen = self.client.post(reverse("admin:backoffice_upload_add"), {"kind": kind, "file": file, **how})
        assert chosen.status_code == 302, chosen.context["form"].errors
        if mapping:
            columns = chosen.url.replace("preview", "columns")
            fields = {name: column for column, name in mapping.items()}
            form = self.client.get(columns).context["form"]
            initial = {name: field.initial for name, field in form.fields.items() if field.initial}
            self.client.post(columns, {**initial, **fields})
        shown = self.client.get(chosen.url, follow=True)
        told = _text(shown)
        if urlparse(chosen.url).path != shown.request["PATH_INFO"]:
            return Answer(is_loaded=False, told=told)
        form = shown.context["form"]
        boxes = {BOXES[name]: "on" for name in said if name in BOXES}
        if "is_skipping" in form.fields and not boxes:
            return Answer(is_loaded=False, told=told)
        loaded = self.client.post(chosen.url, {"seen": form["seen"].value(), **boxes}, follow=True)
        return Answer(is_loaded="Loaded " in _said(loaded), told=told + _text(loaded))


def _said(response):
    return "\n".join(str(message) for message in response.context["messages"])


def _text(response):
    tables = response.context.get("tables") or []
    cells = [" ".join(str(cell) for cell in row) for table in tables for row in table.rows]
    return "\n".join([_said(response), str(response.context.get("explanation", "")), *cells])
