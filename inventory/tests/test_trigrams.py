"""The index by three signs follows its table on both databases, and says in words what it lacks."""

import pytest
from django.core.management import CommandError
from django.db import ProgrammingError, connection

from inventory.ground.sql import trigrams
from inventory.models import Product
from inventory.models.folded import Folded
from inventory.tests import make

pytestmark = pytest.mark.proof

BEFORE = [("inventory", "0013_what_an_offer_sells_at_least")]


def found(text):
    return list(Product.objects.filter(Product.found_by(text)).order_by("pk").values_list("sku", flat=True))


def test_rows_of_a_live_shop_are_filled_and_indexed(migrate, monkeypatch):
    monkeypatch.setattr("inventory.models.folded.BLOCK", 2)
    old = migrate(BEFORE).get_model("inventory", "Product")
    for number in range(5):
        old.objects.create(sku=f"LAMP-{number}", name="Drüm")

    migrate([("inventory", "0015_find_any_part")])

    assert set(Product.objects.values_list("folded", flat=True)) == {f" lamp{number} drum" for number in range(5)}
    assert found("drum") == [f"LAMP-{number}" for number in range(5)]


@pytest.mark.services
@pytest.mark.django_db
def test_every_table_is_found_by_an_index_of_its_parts():
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indisvalid")
        there = {name for (name,) in cursor.fetchall()}

    assert {f"{table._meta.db_table}_by_part" for table in Folded.all_tables()} <= there


@pytest.mark.django_db
def test_who_may_not_create_the_extension_reads_whom_to_ask(monkeypatch):
    class Refusing:
        vendor = "postgresql"
        alias = "default"

        def cursor(self):
            return self

        def __enter__(self):
            return self

        def __exit__(self, *error):
            return False

        def execute(self, sql):
            if "CREATE" in sql:
                raise ProgrammingError('permission denied to create extension "pg_trgm"\nHINT: ...')

        def fetchone(self):
            return None

    class Editor:
        connection = Refusing()

    with pytest.raises(CommandError, match=r"an administrator, run once: CREATE EXTENSION pg_trgm; then migrate again"):
        trigrams.NeedTrigrams().database_forwards("inventory", Editor(), None, None)


@pytest.mark.django_db
def test_without_an_index_everything_is_found_all_the_same(monkeypatch):
    make.product("LAMP-30", name="Drüm")
    monkeypatch.setattr(trigrams, "has_fts", lambda: False)

    assert found("p30") == found("dr") == found("drum lamp") == ["LAMP-30"]


@pytest.mark.django_db
def test_a_table_that_was_written_anew_gets_its_triggers_back():
    if connection.vendor != "sqlite":
        trigrams.keep(Folded.all_tables())  # nothing to do there
        return
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER inventory_product_folded_added")
    make.product("LAMP-30")
    assert found("lamp") == []

    trigrams.keep(Folded.all_tables())
    make.product("LAMP-31")

    assert found("lamp") == ["LAMP-30", "LAMP-31"]
