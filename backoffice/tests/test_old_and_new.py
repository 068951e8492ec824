"""A look says what each value is and what it becomes."""

import io

import pytest
from django.core.management import call_command

from backoffice.files import loading
from inventory.models import Product
from orders.tests import make

pytestmark = pytest.mark.django_db


def look(path):
    return loading.look(loading.File("products", path), at=make.MONDAY)


def test_a_dry_run_says_what_each_value_is_and_becomes(tmp_path):
    make.product("LAMP", name="Lamp", price=9)
    (tmp_path / "p.csv").write_text("sku,name,price,group\nLAMP,Lamp,10,Light\n")
    out = io.StringIO()

    call_command("load", "products", str(tmp_path / "p.csv"), "--dry-run", stdout=out)

    assert "What changes:\n  Row 2: group empty → Light\n  Row 2: price 9.00 → 10.00\n" in out.getvalue()
    assert Product.objects.get().price == 9


def test_fifty_changes_are_told_and_the_rest_is_a_number(tmp_path):
    for number in range(51):
        make.product(f"P-{number}", price=9)
    (tmp_path / "p.csv").write_text("sku,price\n" + "".join(f"P-{number},10\n" for number in range(51)))

    told = look(tmp_path / "p.csv").told_changes()

    assert (len(told), told[-1]) == (51, "… and 1 more.")
