"""The index of a big live table is built beside the work of the shop, and again where that was interrupted."""

import pytest
from django.db import connection

pytestmark = pytest.mark.proof

BEFORE = [("orders", "0011_mail_is_braked_and_bounces")]
AFTER = [("orders", "0012_notices_by_their_providers_id")]


def indexes() -> dict[str, bool]:
    """Whether each index of that name serves anybody."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE relname = %s",
            ["notice_by_provider"],
        )
        return dict(cursor.fetchall())


@pytest.mark.services
def test_an_index_whose_building_broke_off_is_built_again(migrate):
    migrate(BEFORE)
    try:
        assert indexes() == {}
        with connection.cursor() as cursor:
            cursor.execute("CREATE INDEX notice_by_provider ON orders_notice (provider_id)")
            cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'notice_by_provider'::regclass")
    finally:
        migrate(AFTER)

    assert indexes() == {"notice_by_provider": True}


def test_the_index_can_be_taken_back(migrate):
    migrate(BEFORE)
    migrate(AFTER)

    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "orders_notice")
    assert found["notice_by_provider"]["columns"] == ["provider_id"]
