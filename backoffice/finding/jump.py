"""
The palette's search: any order, product, purchase order, customer, parcel, inbound or supplier, by any part of it.

Reads only, in one statement for all kinds: of each the newest ``NEAR`` rows that hold all words, and the one that is
called exactly so however old it is; of these first the exact one, then open before closed, then newest first.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import count
from typing import Any

from django.contrib.admin import AdminSite
from django.db.models import Model, Q
from django.db.models.expressions import RawSQL
from django.db.models.signals import post_migrate
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format

from inventory.ground import folding
from inventory.ground.sql import bulk, trigrams
from inventory.models import DemandEntry, Movement
from inventory.models.folded import Folded
from orders.models import Order, Refusal, Shipment
from suppliers.models import Offer, PurchaseOrder

from .hits import BLANK, COLUMNS, KINDS, as_flag

NEAR = 200
"""So many of the newest rows that hold the words are ranked; who means another one types one more word."""
EACH = 5
"""Most hits of one kind."""
EXACT = "\ue0ff"
"""Stands for the whole text in a statement that is written once, as other signs of its kind stand for pieces."""


ELSEWHERE: tuple[tuple[str, type[Model]], ...] = (
    ("refusals", Refusal), ("movements", Movement), ("demand", DemandEntry), ("supplier offers", Offer),
)  # fmt: skip
"""Where numbers stand that the palette does not look at, and what these places are called."""


@dataclass(frozen=True, slots=True)
class Hit:
    kind: str
    label: str
    detail: str
    url: str
    is_exact: bool


def find(site: AdminSite, request: HttpRequest, text: str) -> list[Hit]:
    """Find what holds the text among what this person may see, in one statement; what is called just so comes first."""
    text = text[: folding.LONGEST].strip()
    places = [place for place, kind in enumerate(KINDS) if _may_see(site, request, kind.model)]
    if not places or not folding.asked(text):
        return []
    parts: list[str] = []
    params: list[Any] = []
    # an order to a supplier is found by what comes of it, where orders to suppliers are not shown themselves
    is_only = _may_see(site, request, PurchaseOrder)
    for place in places:
        sql, values = _asking(place, text, is_only=is_only)
        parts.append(sql)
        params += values
    rows = bulk.fetch(" UNION ALL ".join(parts), params)
    rows.sort(key=lambda row: (-row[2], row[0], -row[5], -row[1]))
    orders = _may_see(site, request, Order)
    return [_hit(*row, leads_to_order=orders) for row in rows]


def nothing(site: AdminSite, request: HttpRequest, text: str) -> str:
    """Say where else to look for what was not found."""
    if len(text) > folding.LONGEST:
        return f"Nothing holds that. Only the first {folding.LONGEST} signs are read: one word is enough."
    if not folding.asked(text):
        return "There is no letter or digit in that. Type a piece of a number, of a name or of an address."
    said = ["Nothing holds that."]
    words = text.split()
    if len(words) > 1:
        said.append("Try one of the words alone.")
    elif len(text.strip()) < folding.PART:
        said.append(f"Fewer than {folding.PART} signs are read as a beginning: type one more.")
    else:
        said.append("Try a shorter piece, such as its last four signs.")
    if places := [place for place, model in ELSEWHERE if _may_see(site, request, model)]:
        said.append(f"It may also stand in {' or '.join(places)}: their lists have a search of their own.")
    if hidden := [kind.many for kind in KINDS if not _may_see(site, request, kind.model)]:
        said.append(f"Your role does not show {', '.join(hidden)}.")
    return " ".join(said)


def _asking(place: int, text: str, *, is_only: bool) -> bulk.Statement:
    """Ask for the best rows of a kind: as it was written for the last question of this shape, with these pieces."""
    asked = folding.asked(text)
    shape = tuple(tuple(len(piece) < folding.PART for piece in pieces) for pieces in asked)
    sql, params = _written(place, shape, is_only)
    pieces = [piece for pieces in asked for piece in pieces]
    known = {_stand_in(number, len(piece) < folding.PART): piece for number, piece in enumerate(pieces)}
    known |= {f"%{stand_in}%": f"%{piece}%" for stand_in, piece in known.items()}
    known |= {f'"{stand_in}"': f'"{piece}"' for stand_in, piece in known.items()}
    known[EXACT] = KINDS[place].called(text)
    return sql, [known.get(value, value) if isinstance(value, str) else value for value in params]


@lru_cache(maxsize=512)
def _written(place: int, shape: tuple[tuple[bool, ...], ...], is_only: bool) -> tuple[str, tuple[Any, ...]]:
    """Write the statement with stand-ins: to write all of them takes longer than to answer them."""
    kind, number = KINDS[place], count()
    stand_ins = [[_stand_in(next(number), is_short) for is_short in pieces] for pieces in shape]
    rows = kind.model._default_manager.filter(kind.only if is_only else Q()).order_by()
    meant = rows.filter(kind.model.holding_all(stand_ins))
    near, values = meant.order_by("-pk").values("pk")[:NEAR].query.sql_with_params()
    same, more = rows.filter(kind.exact(EXACT)).values("pk")[:EACH].query.sql_with_params()
    both = RawSQL(f"SELECT * FROM ({near}) AS near UNION SELECT * FROM ({same}) AS same", [*values, *more])
    found = rows.filter(pk__in=both).annotate(is_exact=as_flag(kind.exact(EXACT)), **(BLANK | kind.columns))
    found = found.order_by("-is_exact", "-is_open", "-pk").values_list("pk", "is_exact", *COLUMNS)[:EACH]
    sql, params = found.query.sql_with_params()
    return f"SELECT {place} AS place, it.* FROM ({sql}) AS it", tuple(params)


def _stand_in(number: int, is_short: bool) -> str:
    return chr(0xE000 + number) * (1 if is_short else folding.PART)


def _hit(place: int, pk: int, is_exact: int, *found: Any, leads_to_order: bool) -> Hit:
    label, who, is_open, one, two, day, moment = found
    kind = KINDS[place]
    words = kind.words(bool(is_open), (one, two), _in_words(day), _in_words(moment))
    model: type[Model] = kind.model
    if model is Shipment and leads_to_order:
        model, pk = Order, two
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[pk])
    return Hit(kind.name, label, " · ".join(filter(None, (who, words))), url, bool(is_exact))


def _in_words(value: date | str | None) -> str:
    """Write a day or a moment; SQLite gives both as it keeps them, in UTC and partly as text."""
    if isinstance(value, str):
        value = parse_datetime(value) if len(value) > len("2026-03-02") else parse_date(value)
    if isinstance(value, datetime):
        value = timezone.localdate(value if timezone.is_aware(value) else value.replace(tzinfo=UTC))
    return date_format(value, "j M Y") if value else ""


def _may_see(site: AdminSite, request: HttpRequest, model: type[Model]) -> bool:
    return site.is_registered(model) and site.get_model_admin(model).has_view_permission(request)


def after_migrate(sender: Any, **kwargs: Any) -> None:
    trigrams.keep(Folded.all_tables())


def connect(sender: Any) -> None:
    """``post_migrate`` of the last app: by then every table stands as it will."""
    post_migrate.connect(after_migrate, sender=sender, dispatch_uid="backoffice.finding.jump")
