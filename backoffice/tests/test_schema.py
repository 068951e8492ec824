"""The schema is written once, in the models: what is written set by set is held against them."""

import re
from collections import defaultdict
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import connection
from django.db.models import Model, UniqueConstraint

from backoffice.tests import people
from inventory.ground.sql import schema
from inventory.models import DemandEntry, Stock
from orders.allocation import writing
from orders.models import OrderLine, Promise

OURS = {"backoffice", "inventory", "orders", "suppliers"}
INSERT = re.compile(r'INSERT (?:OR \w+ )?INTO "?(\w+)"?(?: AS \w+)? \(([^)]*)\)', re.DOTALL)
LATER = {
    "inventory_alert": {"given_by_id", "gone_at", "solved_at", "solved_by_id", "taken_at", "taken_by_id"},
    "inventory_assignment": {"ended_at", "ended_by_id"},  # when it is done, or handed on
    "inventory_note": {"edited_at", "removed_at", "removed_by_id"},
    "inventory_demandentry": {"is_outlier"},  # the night's, of what it has learned since
    "orders_notice": {
        "attached",
        "called_by_id",
        "claimed_until",
        "intent_at",
        "language",
        "provider_id",
        "refused_at",
        "sent_at",
    },
    "orders_noticeline": {"told_date", "told_parts", "told_waiting"},  # when its mail is sent
    # when its order is stopped; its day moves; it is told
    "orders_orderline": {"has_told_date", "is_stopped", "redated", "told_at", "told_date", "word_by"},
    "orders_promise": {"told_at"},  # when its mail is sent
    # the same night, from the outcomes of its lines
    "backoffice_orderoutcome": {"first_due", "is_on_promise", "is_on_request"},
    "inventory_stock": {"bin", "picked", "stopped"},  # somebody names it; its order is in a batch, or is stopped
    "orders_allocation": {"picked"},  # when its order is in a batch
}
"""Columns that no insert gives, by table: empty, or the default of the database, until that happens."""
PLACED = {"order_id", "product_id", "position", "unit_price", "placed_at"}
RANKED = {"queue_at", "priority", "priority_reason", "pin_rank"}
STAMPED = {"changed_at", "has_told_date", "told_at", "told_date"}
"""``changed_at`` by each change of quantities, what was told by the mail."""


def inserted() -> set[tuple[str, frozenset[str]]]:
    """Give each table with the columns of each insert by which a shop gets one of everything."""
    found: set[tuple[str, frozenset[str]]] = set()

    def look(execute, sql, params, many, context):
        for table, names in INSERT.findall(sql):
            found.add((table, frozenset(name.strip(' "\n') for name in names.split(","))))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look), time_machine.travel(people.MONDAY, tick=False):
        people.shop()
    return found


@pytest.mark.django_db
def test_every_insert_gives_every_column_of_its_model(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    models = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}

    missing: dict[str, set[str]] = defaultdict(set)
    for table, names in inserted():
        if table in models and (left := schema.given(models[table]) - names):
            missing[table] |= left

    assert missing == LATER


def test_a_change_of_a_line_writes_all_that_is_not_of_its_placing_or_its_rank():
    assert schema.given(OrderLine) - writing.LINE_COLUMNS.keys() == PLACED | RANKED | STAMPED


@pytest.mark.parametrize(
    ("model", "names", "types"),
    [
        (OrderLine, ("id", "order_id", "unit_price"), ["bigint", "bigint", "numeric"]),
        (OrderLine, ("queue_at", "safe_date", "is_held_back"), ["timestamptz", "date", "boolean"]),
        (Promise, ("quantile", "reason", "by_id"), ["double precision", "text", "bigint"]),
        (Stock, ("on_hand",), ["integer"]),
        (DemandEntry, ("source", "units"), ["text", "integer"]),
    ],
)
def test_a_column_has_the_type_of_its_field(model, names, types):
    assert schema.columns(model, *names) == dict(zip(names, types, strict=True))


def test_a_column_that_the_model_has_not_is_an_error():
    with pytest.raises(KeyError, match="'no_such'"):
        schema.columns(OrderLine, "no_such")


def own_and_wider(model: type[Model]) -> set[str]:
    """The columns of a model that have an index of their own, and another one that begins with them."""
    wider = [index.fields for index in model._meta.indexes if index.condition is None]
    wider += [
        list(each.fields)
        for each in model._meta.constraints
        if isinstance(each, UniqueConstraint) and each.condition is None
    ]
    fields: Any = model._meta.local_fields
    own = {field.name for field in fields if field.db_index and not field.unique}
    return {f"{model._meta.label}.{names[0]}" for names in wider if names and names[0].lstrip("-") in own}


def test_no_column_is_kept_in_two_indexes_that_begin_alike():
    ours = [model for model in apps.get_models() if model.__module__.split(".")[0] in OURS]

    assert set().union(*map(own_and_wider, ours)) == set()


def test_a_column_that_is_kept_in_two_is_seen(monkeypatch):
    monkeypatch.setattr(OrderLine._meta.get_field("order"), "db_index", True)

    assert own_and_wider(OrderLine) == {"orders.OrderLine.order"}
