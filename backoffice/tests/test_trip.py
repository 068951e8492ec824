"""One order line, from order to e-mail: how many of the project's own files it passes."""

import inspect
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from django.conf import settings
from django.core import mail

from orders.mail import notices
from orders.tests import make
from suppliers import receipts
from suppliers.tests import make as buy

from .test_house import MOST_LINES

pytestmark = pytest.mark.django_db
ROOT = Path(settings.BASE_DIR)
APPS = {"backoffice", "inventory", "orders", "suppliers"}
FILES = 42
"""Today; why no fewer says decision 0114. A feature that makes the trip longer is looked at twice."""


@contextmanager
def walked() -> Iterator[set[str]]:
    """Collect the project's own files with a function that is called meanwhile; those of tests apart."""
    called: set[CodeType] = set()
    found: set[str] = set()

    def look(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            called.add(frame.f_code)

    sys.setprofile(look)
    try:
        yield found
    finally:
        sys.setprofile(None)
        # the body of a class runs when its file is read, and that is no step of the way
        functions = (code for code in called if code.co_flags & inspect.CO_OPTIMIZED and code.co_name[0] != "<")
        paths = (Path(code.co_filename) for code in functions)
        inside = (path.relative_to(ROOT) for path in paths if path.is_relative_to(ROOT))
        found.update(str(path) for path in inside if path.parts[0] in APPS and "tests" not in path.parts)


def told() -> set[str]:
    """Give the files that architecture.md names where it follows an order line; templates run nothing."""
    text = (ROOT / "backoffice" / "docs" / "architecture.md").read_text()
    way = text.partition("## Follow one order line\n")[2].partition("\n## ")[0]
    return {file for file in re.findall(r"`([\w/]+\.py)`", way) if "tests" not in Path(file).parts}


def test_a_line_that_waits_passes_no_more_files_on_its_way_to_the_mail_than_before():
    lamp = make.product()
    order = buy.sent((buy.offer(lamp), 10))
    lena = make.customer()

    with walked() as files:
        line = make.line(lamp, 2, who=lena)
        receipts.receive(order.pk, {buy.line(order, lamp).pk: (10, 0)}, by=None, at=make.MONDAY)
        notices.send_due(at=make.MONDAY + timedelta(hours=2))

    line.refresh_from_db()
    assert (line.allocated, len(mail.outbox)) == (2, 1)
    assert len(files) <= FILES, "\n".join(sorted(files))
    assert [file for file in files if len((ROOT / file).read_text().splitlines()) > MOST_LINES] == []
    assert sorted(files ^ told()) == []  # what architecture.md tells is this way
