"""
An act at a browser: its page is opened, looked at first where there is a preview, and held, to be sent as often as
somebody presses its button. And the books, to see what that did.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.html import strip_tags

from backoffice import urls
from backoffice.celery import LONG, app
from backoffice.tests import people
from inventory.models import SpentKey
from orders.admin.service.pages import ReadFirst

BOSS_PASSWORD = "elm-desk-1907"


class _Reader(HTMLParser):
    """Reads the form that carries a key, field by field, as a browser would send it."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self.found: dict[str, list[str]] | None = None
        self.select, self.area = "", ""
        self.options: list[str] = []

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        given = dict(attributes)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "form":
            self.found = {}
            if not (given.get("action") or "").startswith("/admin/note/"):  # it is the form of that page
                self.forms.append(self.found)
        if self.found is None or "disabled" in given:
            return
        if tag == "select":
            self.select, self.options = name, [] if "multiple" in given else ["nothing chosen"]
            self.found[name] = []
        elif tag == "option" and self.select:
            self.options.append(value)
            self.found[self.select].extend([value] if "selected" in given else [])
        elif tag == "textarea":
            self.area = name
            self.found[name] = [""]
        elif tag == "input" and name and given.get("type") not in ("submit", "file", "image"):
            is_box = given.get("type") in ("checkbox", "radio")
            is_on = not is_box or "checked" in given
            value = given.get("value") or ("on" if is_box and "value" not in given else "")
            self.found.setdefault(name, []).extend([value] if is_on else [])

    def handle_data(self, data: str) -> None:
        if self.area and self.found is not None:
            self.found[self.area][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self.found is not None:
            if not self.found[self.select] and self.options[:1] == ["nothing chosen"]:
                self.found[self.select] = self.options[1:2]
            self.select = ""
        self.area = "" if tag == "textarea" else self.area
        self.found = None if tag == "form" else self.found


def form_of(response: Any) -> dict[str, list[str]]:
    """The acting form of a page: the one that carries a key."""
    reader = _Reader()
    reader.feed(response.content.decode())
    [found] = [form for form in reader.forms if "once" in form]
    return found


@dataclass(frozen=True, slots=True)
class Act:
    """
    One act.

    :ivar typed: what is typed into its page
    :ivar is_previewed: it is looked at first
    :ivar is_new: it makes something new, from a page that shows no figures: two people make two
    :ivar first: sent before by the same person, to have something to act on
    """

    path: str
    typed: dict[str, Any] = field(default_factory=dict)
    is_previewed: bool = False
    is_new: bool = False
    first: "Act | None" = None
    button: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page that somebody holds in a browser: sent as often as its button is pressed."""

    client: Client
    path: str
    fields: dict[str, Any]

    def send(self, **other: Any) -> Any:
        # a file is read to its end by the first who sends it
        fields = {name: _again(value) for name, value in {**self.fields, **other}.items()}
        return self.client.post(self.path, fields)


def _again(value: Any) -> Any:
    return SimpleUploadedFile(value[0], value[1]) if isinstance(value, tuple) else value


def opened(client: Client, act: Act) -> Page:
    """Open its page, look at the preview where there is one, and hold what would do it."""
    if act.first:
        opened(client, act.first).send()
    seen = client.get(act.path)
    assert seen.status_code == 200, (act.path, seen.status_code)
    fields: dict[str, Any] = {**form_of(seen), **act.typed}
    if act.is_previewed:
        seen = client.post(act.path, {**fields, "preview": "1"})
        assert seen.status_code == 200, (act.path, seen.status_code)
        fields = {**fields, **form_of(seen), "apply": "1"}
        assert "fingerprint" in fields, re.findall(r'class="error[^>]*>[^<]*', seen.content.decode())
    return Page(client, act.path, {**fields, **({act.button: "1"} if act.button else {})})


def read(cell: object) -> str:
    """Give what a cell of a table says; what stands one under the other is parted by a slash."""
    return strip_tags(str(cell).replace("</div><div>", " / "))


def boss(name: str) -> Client:
    """Somebody who may do everything, at a browser of their own."""
    client = Client()
    known = User.objects.filter(username=name).first()
    client.force_login(known or User.objects.create_superuser(name, password=BOSS_PASSWORD))
    return client


def tables() -> list[Any]:
    """Every table of ours, people, and the history of what was done; not the keys of pages."""
    return [model for model in people.tables() if model is not SpentKey]


def books() -> dict[str, list[Any]]:
    """Everything the business knows, row by row, and how many messages wait for its workers."""
    return {"messages": [_messages()]} | {model._meta.label: people.rows(model) for model in tables()}


def _messages() -> int:
    with app.connection_for_read() as connection:
        try:
            with connection.SimpleQueue(LONG) as queue:
                return int(queue.qsize())
        except connection.channel_errors:  # to Redis an empty queue is no queue
            return 0


VARYING = re.compile(
    r"datetime\.datetime\([^)]*\)+|\d{4}-\d\d-\d\d[T ][\d:.+]+|(?<=[:-])\d+"
    r"|pbkdf2\S+|md5\S+|![A-Za-z0-9]{40}|(_\w{7})?\.csv|\bines\b|\bmax\b"
)
"""What two runs of one act may differ in: moments, numbers of rows and names made of them, salt, who was first."""


def counted() -> dict[str, list[Any]]:
    """The books without what two runs of one act may differ in."""
    found = {}
    for model in tables():
        columns = [each for each in model._meta.concrete_fields if not (each.primary_key or each.is_relation)]
        names = [column.attname for column in columns if column.attname not in ("object_id", "folded")]
        found[model._meta.label] = sorted(
            VARYING.sub("#", repr(row)) for row in model._default_manager.values_list(*names)
        )
    return found


LOOKING = {
    "inventory_product_whatif", "orders_notice_mail", "suppliers_purchaseorder_paper",
    "suppliers_orderletter_attached", "orders_backorder_export", "order_today", "order_product", "working_list",
    "figures", "inbound_order", "mail_reports", "note_names",
    "list_export", "inventory_countsheet_print", "inventory_transfer_available", "inventory_countsheet_pdf",
    "orders_batch_papers", "orders_batch_pick_list", "orders_batch_slips", "orders_restockrequest_kept",
}  # fmt: skip
"""Addresses of our own that only show."""
BY_LINK = {
    "welcome", "order_page", "order_page_act", "restock", "restock_ask", "restock_confirm", "restock_leave",
}  # fmt: skip
"""What is done without signing in: by a link that works once, which Django spends (``test_inviting``); on the page of
an order, each of whose acts has its number (``orders/tests/test_pages.py``); of a restock list
(``test_restock_pages``)."""


def acting_addresses() -> set[str]:
    """Every address of the admin that can do something, as the registry and the address table have it."""
    found: set[str] = set()

    def walk(patterns: Any) -> None:
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                walk(pattern.url_patterns)
            elif pattern.name:
                found.add(pattern.name)

    walk(urls.urlpatterns)
    site = {
        "index", "login", "logout", "password_change_done", "autocomplete", "jsi18n",
        "view_on_site", "app_list", "jump",
    }  # fmt: skip
    pages: set[str] = set()
    acting: set[str] = set()
    for model, desk in admin.site._registry.items():
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        pages |= {f"{name}_{kind}" for kind in ("changelist", "add", "change", "delete", "history")}
        acting |= {f"{name}_{kind}" for kind in _kinds(desk)}
    return (found - site - pages - LOOKING - BY_LINK) | acting


def _kinds(desk: Any) -> set[str]:
    """The pages of Django's on which the one who may do everything can do something."""
    request: Any = type("Asked", (), {"user": User(is_superuser=True, is_active=True, is_staff=True)})()
    may = {kind for kind in ("add", "change", "delete") if getattr(desk, f"has_{kind}_permission")(request)}
    if isinstance(desk, ReadFirst):  # its form has an address of its own
        may -= {"change"}
    return may | ({"changelist"} if desk.list_editable else set())


def operations() -> set[str]:
    """Every operation of every desk, and the way back."""
    found = {"orders_backorder_undo"}
    for model, desk in admin.site._registry.items():
        found |= {
            f"{model._meta.app_label}_{model._meta.model_name}_{each.name}" for each in getattr(desk, "operations", ())
        }
    return found
