"""Two suppliers may number their deliveries alike: whose a reference is here, a file of arrivals says."""

from datetime import date

import pytest

from inventory.resources import inbound

from . import files, make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("sender", "told"),
    [("Fjord", ["Row 2: PO-1 comes from Nordlys here, not from Fjord. Is it the same?"]), ("NORDLYS", [])],
)
def test_a_date_that_moves_for_another_sender_than_is_on_record_is_named(tmp_path, sender, told):
    make.coming(make.product("LAMP"), 24, on=date(2026, 3, 20), reference="PO-1")
    path = files.text(tmp_path, f"reference,sku,quantity,sender,expected_date\nPO-1,lamp,24,{sender},2026-03-27\n")

    plan = files.look(path, inbound.RESOURCE)

    assert (len(plan.changed), plan.notes) == (1, told)


def test_many_such_references_are_counted(tmp_path):
    lamp = make.product("LAMP")
    for number in range(12):
        make.coming(lamp, 24, on=date(2026, 3, 20), reference=f"PO-{number}")
    rows = "".join(f"PO-{number},lamp,24,Fjord,2026-03-27\n" for number in range(12))

    plan = files.look(files.text(tmp_path, f"reference,sku,quantity,sender,expected_date\n{rows}"), inbound.RESOURCE)

    assert (len(plan.notes), plan.notes[-1]) == (11, "… and 2 more such.")
