from datetime import date, timedelta
from decimal import Decimal

import pytest

from inventory.ground.tabular import Unreadable
from inventory.models import Inbound, Movement, MovementKind, Product, Stock
from inventory.resources import inbound, products, stock
from inventory.supply import transfers

from . import files, make

pytestmark = pytest.mark.django_db


def load(path, resource):
    plan = files.look(path, resource)
    resource.apply(plan, by=None, at=make.MONDAY)
    return plan


def figures(plan):
    return (len(plan.new), len(plan.changed), plan.unchanged, len(plan.problems.rows))


def test_products_are_made_changed_or_left_by_their_sku(tmp_path):
    make.product("LAMP", name="Lamp", price=Decimal(10), group="light")
    make.product("CHAIR", name="Chair", price=Decimal(5))
    path = files.text(
        tmp_path, "SKU;Name;Price;Backorder policy\nlamp;Lamp;12,50;\nchair;Chair;5;\ntable;Table;99.9;NEVER\n"
    )

    plan = load(path, products.RESOURCE)

    assert figures(plan) == (1, 1, 1, 0)
    assert list(Product.objects.values_list("sku", "name", "price", "group", "backorder_policy")) == [
        ("CHAIR", "Chair", Decimal("5.00"), "", "always"),
        ("LAMP", "Lamp", Decimal("12.50"), "light", "always"),
        ("TABLE", "Table", Decimal("99.90"), "", "never"),
    ]
    assert figures(files.look(path, products.RESOURCE)) == (0, 0, 3, 0)


def test_a_product_known_in_small_letters_is_not_made_again(tmp_path):
    make.product("lamp-a", name="Old")
    path = files.text(tmp_path, "sku,name\nLAMP-A,New\n")

    plan = load(path, products.RESOURCE)

    assert figures(plan) == (0, 1, 0, 0)
    assert Product.objects.get().name == "New"


def test_stock_opens_where_there_was_none_and_is_counted_where_there_was(tmp_path):
    lamp, chair, table = make.product("LAMP"), make.product("CHAIR"), make.product("TABLE")
    make.warehouse("BER")
    make.on_hand(chair, 5)
    make.on_hand(table, 7)
    path = files.text(tmp_path, "sku,quantity,reason\nlamp,3,\nchair,4,Found one broken\ntable,7,\n")

    plan = load(path, stock.RESOURCE)

    assert figures(plan) == (1, 1, 1, 0)
    assert {row.product_id: row.on_hand for row in Stock.objects.all()} == {lamp.pk: 3, chair.pk: 4, table.pk: 7}
    assert list(Movement.objects.order_by("-pk").values_list("product", "quantity", "kind", "reason")[:2]) == [
        (chair.pk, -1, MovementKind.COUNT, "Found one broken"),
        (lamp.pk, 3, MovementKind.OPENING, "Opening balance"),
    ]
    assert figures(files.look(path, stock.RESOURCE)) == (0, 0, 3, 0)


def test_stock_of_what_is_not_known_or_named_twice_is_a_problem(tmp_path):
    make.product("LAMP")
    make.warehouse("BER")
    path = files.text(tmp_path, "sku,quantity,warehouse\nlamp,3,\nLamp,4,ber\nsofa,1,\nlamp,1,XXX\n")

    assert files.told(files.look(path, stock.RESOURCE)) == [
        'Row 3, column "sku": "LAMP" — expected each only once per BER; row 2 has it already.',
        'Row 4, column "sku": "SOFA" — expected a SKU that is known; load products first.',
        'Row 5, column "warehouse": "XXX" — expected a warehouse that is known (BER).',
    ]


def test_without_a_warehouse_stock_has_no_place(tmp_path):
    make.product("LAMP")

    plan = files.look(files.text(tmp_path, "sku,quantity\nlamp,3\n"), stock.RESOURCE)

    assert files.told(plan) == [
        'Row 2, column "warehouse": empty — expected a warehouse that is known (there is none yet: make one first).'
    ]


def test_inbound_is_expected_once_and_a_later_file_moves_its_dates(tmp_path):
    make.product("LAMP")
    make.warehouse("BER")
    first = files.text(
        tmp_path, "reference,sku,quantity,sender,expected_date\nPO-1,lamp,24,Nordlys,2026-03-20\nPO-2,lamp,6,Nordlys,\n"
    )
    later = files.text(
        tmp_path,
        "reference,sku,quantity,sender,expected_date,is_confirmed\nPO-1,lamp,24,Nordlys,27-Mar-2026,yes\n",
        name="later.csv",
    )

    plans = [load(path, inbound.RESOURCE) for path in (first, first, later, later)]

    assert [figures(plan) for plan in plans] == [(2, 0, 0, 0), (0, 0, 2, 0), (0, 1, 0, 0), (0, 0, 1, 0)]
    row = Inbound.objects.get(reference="PO-1")
    assert (row.expected_date, row.likely_date, row.safe_date) == (date(2026, 3, 27),) * 3
    assert (row.is_confirmed, row.revision, row.quantity) == (True, 2, 24)
    assert Inbound.objects.get(reference="PO-2").expected_date is None


@pytest.mark.parametrize("there", ["PO-1", "PO\u20131"])
def test_an_inbound_is_no_other_one_because_of_its_dash(tmp_path, there):
    make.coming(make.product("LAMP"), 24, on=date(2026, 3, 20), reference=there)
    path = files.text(tmp_path, "reference,sku,quantity,sender\nPO\u20131,lamp,24,Nordlys\n")

    assert figures(load(path, inbound.RESOURCE)) == (0, 0, 1, 0)


def test_a_file_never_changes_the_units_of_an_inbound(tmp_path):
    make.coming(make.product("LAMP"), 24, on=date(2026, 3, 20), reference="PO-1")
    path = files.text(tmp_path, "reference,sku,quantity,sender\nPO-1,lamp,30,Nordlys\n")

    assert files.told(files.look(path, inbound.RESOURCE)) == [
        'Row 2, column "quantity": "30" — expected 24, as PO-1 has it already: a file moves its dates, not its units.'
    ]


def test_an_inbound_keeps_what_its_senders_record_made_of_the_date(tmp_path):
    row = make.coming(make.product("LAMP"), 24, on=date(2026, 3, 20), safe=date(2026, 4, 2), reference="PO-1")
    path = files.text(tmp_path, "reference,sku,quantity,sender,expected_date\nPO-1,lamp,24,Nordlys,2026-03-20\n")

    plan = load(path, inbound.RESOURCE)

    row.refresh_from_db()
    assert (figures(plan), row.safe_date) == ((0, 0, 1, 0), date(2026, 4, 2))


def test_an_arrival_that_came_apart_comes_together_again(tmp_path):
    lamp = make.product("LAMP")
    first = make.coming(lamp, 50, on=date(2026, 3, 20), reference="PO-1")
    second = make.coming(lamp, 30, on=date(2026, 3, 27), reference="PO-1")
    header = "reference,sku,quantity,sender,expected_date\n"

    plan = load(files.text(tmp_path, header + "PO-1,LAMP,80,Nordlys,2026-03-27\n"), inbound.RESOURCE)

    assert (len(plan.new), len(plan.changed), plan.unchanged) == (0, 1, 0)
    rows = Inbound.objects.order_by("pk").values_list("pk", "outstanding", "expected_date")
    assert list(rows) == [(first.pk, 50, date(2026, 3, 27)), (second.pk, 30, date(2026, 3, 27))]


def test_a_later_part_that_keeps_its_day_is_the_arrival_there_was(tmp_path):
    row = make.coming(make.product("LAMP"), 80, on=date(2026, 3, 27), reference="PO-1")
    text = "reference,sku,quantity,sender,expected_date\nPO-1,LAMP,50,N,2026-03-20\nPO-1,LAMP,30,N,2026-03-27\n"

    plans = [load(files.text(tmp_path, text), inbound.RESOURCE) for _ in range(2)]

    assert [(len(plan.new), len(plan.changed), plan.unchanged) for plan in plans] == [(1, 1, 1), (0, 0, 2)]
    row.refresh_from_db()
    assert (row.outstanding, row.expected_date) == (30, date(2026, 3, 27))
    assert Inbound.objects.exclude(pk=row.pk).get().outstanding == 50


def test_what_is_neither_ordered_nor_still_to_come_is_refused(tmp_path):
    row = make.coming(make.product("LAMP"), 50, on=date(2026, 3, 20), reference="PO-1")
    make.arrived(row, 20)
    path = files.text(tmp_path, "reference,sku,quantity,sender\nPO-1,LAMP,31,Nordlys\n")

    assert files.told(files.look(path, inbound.RESOURCE)) == [
        (
            'Row 2, column "quantity": "31" — expected 50, or the 30 still to come, as PO-1 has it already: '
            "a file moves its dates, not its units."
        )
    ]


def test_a_transfer_of_this_shop_is_not_split_by_a_file(tmp_path):
    lamp, north, south = make.product("LAMP"), make.warehouse("N"), make.warehouse("S")
    make.on_hand(lamp, 80, place=north)
    draft = transfers.TransferDraft(north.pk, south.pk, {lamp.pk: 80}, date(2026, 3, 20))
    sent = transfers.send(draft, by=None, at=make.MONDAY).reference
    header = "reference,sku,quantity,sender,warehouse,expected_date\n"
    text = f"{header}{sent},LAMP,50,N,S,2026-03-20\n{sent},LAMP,30,N,S,2026-03-27\n"

    plan = files.look(files.text(tmp_path, text), inbound.RESOURCE)

    assert files.told(plan)[0].endswith(
        "expected one date: it is a purchase order or a transfer of this shop, whose lines are split there."
    )


def test_a_file_without_a_column_of_dates_takes_none_back(tmp_path):
    row = make.coming(make.product("LAMP"), 24, on=date(2026, 3, 20), reference="PO-1")

    plan = load(files.text(tmp_path, "reference,sku,quantity,sender\npo-1,LAMP,24,Nordlys\n"), inbound.RESOURCE)

    row.refresh_from_db()
    assert (plan.unchanged, row.expected_date) == (1, date(2026, 3, 20))


AT = make.MONDAY
COUNT = "sku,bin,quantity,counted_at\n"


@pytest.fixture
def shelf():
    """Twenty on hand since Sunday; five left at nine o'clock on Monday, and three came at ten."""
    lamp = make.product("LAMP")
    make.on_hand(lamp, 20, at=AT - timedelta(days=1))
    make.lost(lamp, 5, at=AT)
    make.arrived(make.coming(lamp, 3, on=date(2026, 3, 20)), 3, at=AT + timedelta(hours=1))
    return lamp


@pytest.mark.parametrize(("clock", "now"), [("08:59", 16), ("09:00", 21), ("09:59", 21), ("10:00", 18)])
def test_what_left_and_came_after_a_count_is_reckoned(tmp_path, shelf, clock, now):
    path = files.text(tmp_path, f"{COUNT}LAMP,,18,2026-03-02T{clock}:00Z\n")

    plans = [load(path, stock.RESOURCE) for _ in range(2)]

    assert Stock.objects.get().on_hand == now
    assert plans[1].unchanged == 1


def test_an_older_count_does_not_undo_a_later_one(tmp_path, shelf):
    make.counted(shelf, 11, at=AT + timedelta(hours=3))

    plan = files.look(files.text(tmp_path, f"{COUNT}LAMP,,18,2026-03-02T11:59:00Z\n"), stock.RESOURCE)

    assert files.told(plan)[0].endswith("expected a time after the last count, which was made 2026-03-02 12:00.")


def test_more_cannot_have_left_than_were_counted(tmp_path, shelf):
    plan = files.look(files.text(tmp_path, f"{COUNT}LAMP,,1,2026-03-02T08:59:00Z\n"), stock.RESOURCE)

    assert files.told(plan)[0].endswith('"1" — expected 2 or more, as many left since 2026-03-02 08:59.')


def test_bins_counted_at_two_times_add_up_unless_something_moved_between(tmp_path, shelf):
    quiet = f"{COUNT}LAMP,A,8,2026-03-02T11:00:00Z\nLAMP,B,9,2026-03-02T11:30:00Z\n"
    moved = f"{COUNT}LAMP,A,8,2026-03-02T09:30:00Z\nLAMP,B,9,2026-03-02T11:30:00Z\n"
    day = f"{COUNT}LAMP,,8,2026-03-02\n"

    refused = [files.told(files.look(files.text(tmp_path, text), stock.RESOURCE)) for text in (moved, day)]
    load(files.text(tmp_path, quiet), stock.RESOURCE)

    assert [told[0].rpartition("expected ")[2] for told in refused] == [
        "one time of day for all of its bins: units left or came in between."
    ] * 2
    assert Stock.objects.get().on_hand == 17


def test_others_are_left_alone_where_a_row_is_wrong(tmp_path, shelf):
    make.product("SOFA")
    sheet = files.sheet(files.text(tmp_path, "sku,quantity\nSOFA,1\nLAMPP,2\n"), stock.RESOURCE)

    plan = stock.RESOURCE.check(sheet, is_all_others_zero=True)

    assert plan.changed == []
    assert plan.notes == ["All others stay as they are: rows are wrong, and may be of any of them."]


def test_what_leaves_between_the_look_at_a_count_and_its_loading_is_reckoned_too(tmp_path, shelf):
    plan = files.look(files.text(tmp_path, f"{COUNT}LAMP,,18,2026-03-02T10:30:00Z\n"), stock.RESOURCE)
    make.lost(shelf, 4, at=AT + timedelta(hours=2))

    stock.RESOURCE.apply(plan, by=None, at=AT + timedelta(hours=3))

    assert Stock.objects.get().on_hand == 14
    assert Movement.objects.filter(kind=MovementKind.COUNT).count() == 0


def test_a_count_between_the_look_at_an_older_one_and_its_loading_stands(tmp_path, shelf):
    plan = files.look(files.text(tmp_path, f"{COUNT}LAMP,,17,2026-03-02T10:30:00Z\n"), stock.RESOURCE)
    make.counted(shelf, 11, at=AT + timedelta(hours=2))

    with pytest.raises(Unreadable, match="counted again since: the later count stands"):
        stock.RESOURCE.apply(plan, by=None, at=AT + timedelta(hours=3))

    assert Stock.objects.get().on_hand == 11


def test_as_many_may_have_left_as_were_counted(tmp_path, shelf):
    load(files.text(tmp_path, f"{COUNT}LAMP,,2,2026-03-02T08:59:00Z\n"), stock.RESOURCE)

    assert Stock.objects.get().on_hand == 0


def test_what_moved_at_the_time_of_the_later_bin_lies_between_the_two(tmp_path, shelf):
    text = f"{COUNT}LAMP,A,8,2026-03-02T09:30:00Z\nLAMP,B,9,2026-03-02T10:00:00Z\n"

    assert len(files.told(files.look(files.text(tmp_path, text), stock.RESOURCE))) == 2
