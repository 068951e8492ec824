"""
The palette's search: any order, product, purchase order, customer, parcel, inbound or supplier, by any part of it.

Reads only, in one statement for all kinds: of each the newest ``NEAR`` rows that hold all words, and the one that is
called exactly so however old it is; of these first the exact one, then open before closed, then newest first. Who
finds nothing by this, or little by several words, is answered by a second one: it costs more and asks more widely.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import count
from typing import Any

from django.contrib.admin import AdminSite
from django.db.models import Model, Q, QuerySet
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
from inventory.models.folded import Folded, like, match, newest
from orders.models import Order, Refusal, Shipment
from suppliers.models import Offer, PurchaseOrder

from .hits import BLANK, COLUMNS, KINDS, as_flag

NEAR = 200
"""So many of the newest rows that hold the words are ranked; who means another one types one more word."""
EACH = 5
"""Most hits of one kind."""
FEW = 5
"""Hits of several words from which on nothing wider is asked."""
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
    """Find what holds the text among what this person may see; what is called just so comes first."""
    text = text[: folding.LONGEST].strip()
    places = [place for place, kind in enumerate(KINDS) if _may_see(site, request, kind.model)]
    asked = folding.asked(text)
    if not places or not asked:
        return []
    # an order to a supplier is found by what comes of it, where orders to suppliers are not shown themselves
    is_only = _may_see(site, request, PurchaseOrder)
    rows = _rows([_asking(place, text, asked, is_only=is_only) for place in places])
    is_little = len(rows) < FEW and sum(not piece.startswith(" ") for piece in asked[0]) > 1
    if (is_little or not rows) and (pieces := folding.widely(text)):
        wider = [place for place in places if KINDS[place].model.WORDS or (KINDS[place].beside and len(pieces) > 1)]
        more = _rows([_asking(place, text, [pieces], is_only=is_only, is_wide=True) for place in wider])
        rows = list({row[:2]: row for row in (*rows, *more)}.values())
    rows.sort(key=lambda row: (-row[2], row[0], -row[5], -row[1]))
    orders = _may_see(site, request, Order)
    return [_hit(*row, leads_to_order=orders) for row in rows]


def nothing(site: AdminSite, request: HttpRequest, text: str) -> str:
    """Say where else to look for what was not found."""
    if len(text) > folding.LONGEST:
        return f"Nothing holds that. Only the first {folding.LONGEST} signs are read: one word is enough."
    asked = folding.asked(text)
    if not asked:
        return "There is no letter or digit in that. Type a piece of a number, of a name or of an address."
    said = ["Nothing holds that."]
    pieces = asked[0]
    if len(pieces) > 1:
        said.append("Try one of the words alone.")
    elif len(pieces[0].strip()) < folding.PART:
        said.append(f"Fewer than {folding.PART} letters or digits are read as a beginning: type one more.")
    else:
        said.append("Try a shorter piece, such as its last four signs.")
    if places := [place for place, model in ELSEWHERE if _may_see(site, request, model)]:
        said.append(f"It may also stand in {' or '.join(places)}: their lists have a search of their own.")
    if hidden := [kind.many for kind in KINDS if not _may_see(site, request, kind.model)]:
        said.append(f"Your role does not show {', '.join(hidden)}.")
    return " ".join(said)


def _rows(asked: Sequence[bulk.Statement]) -> list[Any]:
    """Ask all of these in one statement."""
    if not asked:
        return []
    return bulk.fetch(" UNION ALL ".join(sql for sql, _ in asked), [value for _, values in asked for value in values])


def _asking(place: int, text: str, asked: folding.Asked, *, is_only: bool, is_wide: bool = False) -> bulk.Statement:
    """Ask for the best rows of a kind: as it was written for the last question of this shape, with these pieces."""
    shape = tuple(tuple(_kind_of(piece) for piece in pieces) for pieces in asked)
    sql, params = _written(place, shape, is_only, is_wide)
    known = {EXACT: KINDS[place].called(text)}
    for number, piece in enumerate(piece for pieces in asked for piece in pieces):
        stand_in = _stand_in(number, _kind_of(piece))
        known |= {stand_in: piece, match(stand_in): match(piece)}
        one, first = folding.as_typed(stand_in), folding.as_typed(piece)
        known |= {like(one): like(first), match(one): match(first)}
    return sql, [known.get(value, value) if isinstance(value, str) else value for value in params]


@lru_cache(maxsize=512)
def _written(
    place: int, shape: tuple[tuple[str, ...], ...], is_only: bool, is_wide: bool
) -> tuple[str, tuple[Any, ...]]:
    """Write the statement with stand-ins: to write all of them takes longer than to answer them."""
    kind, number = KINDS[place], count()
    stand_ins = [[_stand_in(next(number), kind_of) for kind_of in pieces] for pieces in shape]
    rows = kind.model._default_manager.filter(kind.only if is_only else Q()).order_by()
    ways: list[QuerySet[Any, Any]] = [newest(rows, kind.model.holding_all(stand_ins), NEAR)]
    if not is_wide:
        ways.append(rows.filter(kind.exact(EXACT)).values("pk")[:EACH])
    elif kind.beside and len(stand_ins[0]) > 1:
        ways.append(kind.beside(stand_ins[0], near=NEAR).order_by("-pk").values("pk")[:NEAR])
    asked = [way.query.sql_with_params() for way in ways]
    either = " UNION ".join(f"SELECT * FROM ({sql}) AS way{nth}" for nth, (sql, _) in enumerate(asked))
    chosen = RawSQL(either, [value for _, values in asked for value in values])
    found = rows.filter(pk__in=chosen).annotate(is_exact=as_flag(kind.exact(EXACT)), **(BLANK | kind.columns))
    found = found.order_by("-is_exact", "-is_open", "-pk").values_list("pk", "is_exact", *COLUMNS)[:EACH]
    sql, params = found.query.sql_with_params()
    return f"SELECT {place} AS place, it.* FROM ({sql}) AS it", tuple(params)


def _kind_of(piece: str) -> str:
    """Say what of a piece its statement depends on: whether it is a beginning, or has more than one form."""
    return folding.OR if folding.OR in piece else " " if len(piece) < folding.PART else ""


def _stand_in(number: int, kind_of: str) -> str:
    sign = chr(0xE000 + number)
    long = sign * folding.PART
    return {"": long, " ": sign, folding.OR: long + folding.OR + long}[kind_of]


def _hit(place: int, pk: int, is_exact: int, *found: Any, leads_to_order: bool) -> Hit:
    label, who, is_open, one, two, three, day, moment = found
    kind = KINDS[place]
    words = kind.words(bool(is_open), (one, two, three), _in_words(day), _in_words(moment))
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
