"""Where on the shelves products lie: typed in, from a file, looked for, in the order in which somebody walks."""

import pytest
from django.urls import reverse

from inventory.models import Movement, Stock
from inventory.resources import stock
from inventory.resources.stock_blocks import apply_block, lay_out
from inventory.supply import bins

from . import files, make

pytestmark = pytest.mark.django_db
BOOK = "/admin/inventory/stock/"


@pytest.fixture
def lamp():
    return make.product("LAMP")


def lying():
    return dict(Stock.objects.values_list("product__sku", "bin"))


def load(tmp_path, text):
    plan = files.look(files.text(tmp_path, text), stock.RESOURCE)
    stock.RESOURCE.apply(plan, by=None, at=make.MONDAY)
    return plan


def put(client, rows, *texts):
    url = f"{reverse('admin:inventory_stock_bins')}?ids={','.join(str(row.pk) for row in rows)}"
    return client.agree(url, {f"bin-{row.pk}": text for row, text in zip(rows, texts, strict=True)})


def test_a_bin_is_typed_in_and_taken_away_again_and_nothing_moves(admin_client, lamp):
    row = make.on_hand(lamp, 8)

    put(admin_client, [row], " A\u201112 ")
    assert lying() == {"LAMP": "A\u201112"}
    put(admin_client, [row], "")

    assert lying() == {"LAMP": ""}
    assert Movement.objects.count() == 1


def test_a_file_of_two_bins_puts_both_on_the_row_and_loads_again_unchanged(tmp_path, lamp):
    make.on_hand(lamp, 8)
    text = "sku,bin,quantity\nLAMP,B-10,3\nLAMP,B-9,5\n"

    plans = [load(tmp_path, text) for _ in range(2)]

    assert lying() == {"LAMP": "B-9, B-10"}
    assert Movement.objects.count() == 1
    assert [(len(plan.changed), plan.unchanged) for plan in plans] == [(1, 0), (0, 1)]
    assert plans[0].told_changes() == ["Row 2: bin empty → B-9, B-10"]


def test_a_file_that_names_no_bin_leaves_it(tmp_path, lamp):
    row = make.on_hand(lamp, 8)
    bins.put({(row.product_id, row.warehouse_id): "A-1"})

    load(tmp_path, "sku,bin,quantity\nLAMP,,6\n")

    assert lying() == {"LAMP": "A-1"}
    assert Stock.objects.get().on_hand == 6


def test_what_is_not_here_yet_has_its_bin_before_it_comes(tmp_path, lamp):
    make.warehouse()

    load(tmp_path, "sku,bin,quantity\nLAMP,A-1,0\n")

    assert list(Stock.objects.values_list("bin", "on_hand")) == [("A-1", 0)]


def test_the_path_of_another_program_ends_in_a_bin(tmp_path, lamp):
    make.warehouse()

    load(tmp_path, "sku,location,quantity\nLAMP,BER/Stock/Shelf 2,4\n")

    assert lying() == {"LAMP": "Shelf 2"}


def test_a_bin_that_is_too_long_is_refused_by_row_and_column(tmp_path, lamp):
    make.warehouse()

    long = "A" * 41

    plan = files.look(files.text(tmp_path, f"sku,bin,quantity\nLAMP,{long},4\n"), stock.RESOURCE)

    assert files.told(plan) == [f'Row 2, column "bin": "{long}" — expected at most 40 characters.']


def test_a_big_count_in_blocks_writes_bins_too_and_one_that_began_before_there_were_any_goes_on(tmp_path, lamp):
    place = make.on_hand(lamp, 8).warehouse_id
    plan = files.look(files.text(tmp_path, "sku,bin,quantity\nLAMP,A-1,7\n"), stock.RESOURCE)
    ((row,),) = lay_out(plan, at=make.MONDAY)

    apply_block([row], by=None, at=make.MONDAY)
    assert lying() == {"LAMP": "A-1"}
    apply_block([[2, lamp.pk, place, 5, "Stock count", "count", row[6]]], by=None, at=make.MONDAY)

    assert list(Stock.objects.values_list("bin", "on_hand")) == [("A-1", 5)]


def test_a_bin_is_looked_for_in_any_case_and_by_a_part_where_nothing_is_called_so(admin_client, lamp):
    rug = make.product("RUG")
    rows = {
        row.product.sku: (row.product_id, row.warehouse_id) for row in (make.on_hand(lamp, 1), make.on_hand(rug, 2))
    }
    bins.put({rows["LAMP"]: "A-12", rows["RUG"]: "RUG-1 shelf"})

    def found(term):
        return [row.product.sku for row in admin_client.get(BOOK, {"q": term}).context["cl"].result_list]

    assert [found(term) for term in ("a-12", "A-1", "rug", "nowhere")] == [["LAMP"], ["LAMP"], ["RUG"], []]


def test_the_list_is_sorted_by_bin_and_its_file_has_them(admin_client, lamp):
    rug = make.product("RUG")
    bins.put(
        {(make.on_hand(item, 1).product_id, make.warehouse().pk): text for item, text in ((lamp, "B"), (rug, "A"))}
    )

    listed = admin_client.get(BOOK, {"o": "8"}).context["cl"].result_list
    file = b"".join(admin_client.get("/admin/export/inventory_stock/csv/?o=8")).decode("utf-8-sig").splitlines()

    assert [row.bin for row in listed] == ["A", "B"]
    assert [line.rpartition(",")[2] for line in file] == ["Bin", "A", "B"]


def test_whoever_may_not_count_may_not_put_in_bins(client, django_user_model, lamp):
    row = make.on_hand(lamp, 8)
    client.force_login(django_user_model.objects.create_user("viewer", is_staff=True))

    assert (
        client.post(f"{reverse('admin:inventory_stock_bins')}?ids={row.pk}", {f"bin-{row.pk}": "A"}).status_code == 403
    )
    assert lying() == {"LAMP": ""}
