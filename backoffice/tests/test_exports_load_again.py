"""What the back office gives out it takes back: exported and loaded again, nothing changes."""

import csv

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from backoffice.files import loading
from inventory.desk import columns
from inventory.ground import tabular
from orders.models import Customer, Order, OrderLine
from orders.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    client.force_login(User.objects.create_superuser("boss"))
    return client


def exported(staff, path, kind):
    answer = staff.get(reverse("admin:orders_backorder_export", args=[kind]))
    path.write_bytes(b"".join(answer.streaming_content))
    return path


@pytest.mark.parametrize("kind", ["csv", "xlsx", "csv-every-column", "xlsx-every-column"])
def test_the_list_of_backorders_loads_again_and_changes_nothing(staff, tmp_path, kind):
    lamp, rug = make.product("LAMP", name="=1+1"), make.product("RUG")
    anna = make.customer("Anna")
    Customer.objects.filter(pk=anna.pk).update(name="＝cmd|' /C calc'!A0")
    make.order((lamp, 3), (rug, 2), reference="SO-1", who=anna)
    make.order((lamp, 1), reference="+49", who=anna)
    before = list(OrderLine.objects.order_by("pk").values_list())
    path = exported(staff, tmp_path / f"backorders.{kind.partition('-')[0]}", kind)

    plan = loading.load(loading.File("orders", path), by=None, at=timezone.now())

    assert (plan.figures()["unchanged"], plan.figures()["new"], plan.figures()["changed"]) == (2, 0, 0)
    assert list(OrderLine.objects.order_by("pk").values_list()) == before
    assert set(Order.objects.values_list("reference", flat=True)) == {"SO-1", "+49"}


def test_a_list_of_backorders_of_another_shop_makes_no_orders_of_the_rest(staff, tmp_path):
    make.order((make.product("LAMP"), 3), reference="SO-1")
    path = exported(staff, tmp_path / "backorders.csv", "csv")
    path.write_text(path.read_text().replace("SO-1", "SO-9"))

    with pytest.raises(CommandError, match="shows only what is open of it"):
        call_command("load", "orders", str(path))

    assert Order.objects.count() == 1


@pytest.mark.parametrize(("most", "status"), [(2, 200), (1, 400)])
def test_a_workbook_of_more_lines_than_fit_is_refused_in_words(staff, monkeypatch, most, status):
    make.order((make.product("LAMP"), 3), (make.product("RUG"), 3), reference="SO-1")
    monkeypatch.setattr(columns, "MOST_XLSX", most)

    answer = staff.get(reverse("admin:orders_backorder_export", args=["xlsx"]))

    assert answer.status_code == status
    assert status == 200 or "have them as CSV" in answer.content.decode()


def test_a_moment_is_written_in_the_time_of_the_shop(staff, settings, tmp_path):
    settings.TIME_ZONE = "Europe/Berlin"
    make.order((make.product("LAMP"), 3), reference="SO-1", at=make.MONDAY)

    lines = exported(staff, tmp_path / "backorders.csv", "csv").read_text("utf-8-sig").splitlines()

    local = timezone.localtime(make.MONDAY)
    assert f",{local:%Y-%m-%d %H:%M:%S}," in lines[1]


@pytest.mark.parametrize(
    "text", ["=1+1", " @SUM(A1)", "\u00a0-2", "\t7", "＋5", "+49", "| dir", 'Lamp, "big"', "", "été", "7=7"]
)
def test_a_text_is_written_as_a_spreadsheet_may_have_it_whoever_writes_it(staff, tmp_path, text):
    make.order((make.product("LAMP", name=text), 3), reference="SO-1")

    path = exported(staff, tmp_path / "backorders.csv", "csv")

    with path.open(encoding="utf-8-sig", newline="") as file:
        [row] = csv.DictReader(file)
    assert row["Product"] == tabular.neutralize(text)
