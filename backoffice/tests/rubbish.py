"""
What nobody should send and somebody will: values no field understands, addresses nobody made, forms filled in badly.

The addresses come from the tables of ``test_permissions``, which name every one there is, and the fields of a form from
the page that shows it: a new page, filter or field is covered the day it is there.
"""

import random
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urlencode

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.test import Client
from django.urls import reverse

from backoffice.tests import people
from backoffice.tests import test_permissions as table
from inventory.tests.hands import read_out

VALUES = (
    "", "0", "-1", "1", "1,2", "9" * 19, "9" * 25, "-" + "9" * 25, "1" * 5_000, "1e400", "NaN", "Infinity", "1.5",
    "None", "\x00", "a\x00b", "1\x00", "(", "[", "*", "\\", "%", "_", "'", '"', ";--", "<b>", "{{ 7 }}", "x" * 3_000,
    "x@" + "y" * 300, "2026-02-30", "0000-00-00", "9999-12-31", "10000-01-01", "0001-01-01", "31.12.2026", "25:99",
    "2026-11-30T99:99", "٣", "²", "\u202e", "😀", "ÿ", "true", "False", "null", "[]", '{"a": 1}', "../../etc/passwd",
    "_5F", "_", "__", "\n\r",
)  # fmt: skip
RAW = ("%ff%fe", "%00", "%", "%zz", "%ed%a0%80", "+", "%F0%9F")
"""Values as they stand in an address: bytes that are no text among them."""
LOOKUPS = (
    "",
    *("__exact", "__in", "__range", "__isnull", "__year", "__month", "__day", "__week_day", "__date", "__time"),
    *("__hour", "__regex", "__iregex", "__gt", "__lte", "__gte", "__lt", "__contains", "__istartswith", "__nothing"),
    *("__id", "__pk"),
)
OURS = ("q", "o", "p", "e", "all", "tab", "show", "ids", "order", "_to_field", "_popup", "_changelist_filters", "term")
"""Parameters of the admin and of our own pages."""
TYPES = (
    "application/json",
    "text/plain",
    "multipart/form-data",
    "application/x-www-form-urlencoded; charset=utf-99",
    "",
)
EVERYWHERE = ("index", "jump", "autocomplete", "login", "password_change", "jsi18n")


def lists() -> Iterator[str]:
    """Every list of the admin."""
    for label in table.MODELS:
        yield reverse(f"admin:{label.replace('.', '_')}_changelist")


def pages(shop: people.Shop) -> Iterator[str]:
    """Every other address: pages of a row, and views of our own."""
    for label in table.MODELS:
        for kind in ("add", "change", "delete"):
            yield table.page(label, kind, shop)
        yield table.page(label, "change", shop).replace("change/", "history/")
    for name in table.VIEWS:
        yield table.address(name, shop)
    yield from (reverse(f"admin:{name}") for name in EVERYWHERE)


def parameters(url: str) -> list[str]:
    """What the list at this address may be asked, and some that it may not."""
    desks = {
        reverse(f"admin:{m._meta.app_label}_{m._meta.model_name}_changelist"): d
        for m, d in admin.site._registry.items()
    }
    desk: Any = desks.get(url)
    if desk is None:
        return list(OURS)
    fields = [field.name for field in desk.opts.fields]
    for field in list(fields):
        try:
            related = desk.opts.get_field(field).related_model
        except FieldDoesNotExist:
            continue
        if related:
            fields += [f"{field}__{other.name}" for other in related._meta.fields]
    for each in desk.list_filter:
        fields.append(str(each[0] if isinstance(each, tuple) else getattr(each, "parameter_name", each)))
    if hasattr(desk, "date_hierarchy") and desk.date_hierarchy:
        fields.append(desk.date_hierarchy)
    return fields


def asked(url: str, chance: random.Random) -> str:
    """This address with something that it cannot understand."""
    names = parameters(url)
    joint = "&" if "?" in url else "?"
    if chance.random() < 0.15:
        return f"{url}{joint}{chance.choice([*OURS, *names])}={chance.choice(RAW)}"
    pairs = []
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        name = chance.choice(OURS) if chance.random() < 0.3 else chance.choice(names) + chance.choice(LOOKUPS)
        pairs.append((name, chance.choice(VALUES)))
    return f"{url}{joint}{urlencode(pairs, errors='surrogatepass')}"


def bent(url: str, chance: random.Random) -> str:
    """This address with a part of its path replaced."""
    path, question, query = url.partition("?")
    parts = path.strip("/").split("/")
    parts[chance.randrange(len(parts))] = quote(chance.choice(VALUES)[:400], safe="")
    return f"/{'/'.join(parts)}/{question}{query}"


class Fields(HTMLParser):
    """The fields of the forms of a page, with what stands in them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name")
        if name and tag in ("input", "select", "textarea", "button"):
            self.found[name] = given.get("value") or ""


def filled(found: dict[str, str], chance: random.Random) -> dict[str, str]:
    """A form sent back with rubbish in some of its fields."""
    data = dict(found)
    for name in chance.sample(sorted(data), min(len(data), chance.choice((1, 1, 2, 5)))):
        data[name] = chance.choice(VALUES)
        if chance.random() < 0.1:
            del data[name]
    if chance.random() < 0.3:
        data[chance.choice(("_selected_action", "action", "apply", "preview", "fingerprint", "form-TOTAL_FORMS"))] = (
            chance.choice(VALUES)
        )
    return data


def fields(client: Client, url: str) -> dict[str, str]:
    response = read_out(client.get(url))
    kind = response.headers.get("Content-Type", "")
    if response.status_code != 200 or not kind.startswith("text/html"):
        return {}
    return Fields(response.content.decode()).found
