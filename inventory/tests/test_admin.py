"""The lists and pages of inventory: their query budgets, their forms, and what cannot be edited."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.urls import reverse

from inventory.models import (
    DailyDemand,
    DemandEntry,
    DemandEvent,
    Inbound,
    Movement,
    PolicyChange,
    Product,
    ReorderPolicy,
    ServiceTarget,
    Stock,
    Transfer,
)
from inventory.supply import transfers
from inventory.tests import make
from inventory.tests.hands import carried

pytestmark = pytest.mark.django_db

BUDGET = {
    # statements of a list and of a page, however many rows: log-in, navigation, inbox and kept views included
    "product": (9, 28),
    "warehouse": (9, 7),
    "stock": (10, 9),
    "movement": (10, 9),
    "inbound": (10, 9),
    "transfer": (11, 10),
    "demandevent": (10, 7),
    "demandentry": (11, 8),
    "reorderpolicy": (10, 9),
    "policychange": (10, 9),
    "servicetarget": (10, 7),
}


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(make.MONDAY, tick=False):
        yield


def world(size: int) -> None:
    """So many of everything."""
    berlin, hamburg = make.warehouse(), make.warehouse("HAM", rank=2)
    for number in range(size):
        lamp = make.product(f"LAMP-{number}", name="Oak lamp")
        make.on_hand(lamp, 9)
        make.asked(lamp, 3, on=make.TODAY)
        make.coming(lamp, 5, on=make.TODAY + timedelta(days=4))
        make.lead_time(lamp, 10, 14)
        draft = transfers.TransferDraft(berlin.pk, hamburg.pk, {lamp.pk: 2}, None)
        transfers.send(draft, by=None, at=make.MONDAY)
        DemandEvent.objects.create(name="Sale", product=lamp, starts_on=make.TODAY, ends_on=make.TODAY)
        policy = ReorderPolicy.objects.create(
            product=lamp, warehouse=berlin, reorder_point=4, order_up_to=9, weekly_demand=3.5
        )
        PolicyChange.objects.create(policy=policy, on=make.TODAY, was=3, now=4, reason="More demand")
    target("AX")


def target(cell: str, share: float = 0.98) -> ServiceTarget:
    return ServiceTarget.objects.update_or_create(cell=cell, defaults={"target": share})[0]


def newest(model: str) -> int:
    row = apps.get_model("inventory", model)._default_manager.order_by("-pk").first()
    assert row
    return int(row.pk)


@pytest.mark.parametrize("size", [2, 15])
def test_a_list_and_a_page_keep_their_query_budget(admin_client, django_assert_max_num_queries, subtests, size):
    ContentType.objects.get_for_models(*apps.get_models())  # read once by a process
    world(size)

    for model, (most_of_list, most_of_page) in BUDGET.items():
        with subtests.test(model):
            cache.clear()
            with django_assert_max_num_queries(most_of_list):
                listed = admin_client.get(reverse(f"admin:inventory_{model}_changelist"))
            with django_assert_max_num_queries(most_of_page):
                page = admin_client.get(reverse(f"admin:inventory_{model}_change", args=[newest(model)]))

            assert (listed.status_code, page.status_code) == (200, 200)


def test_the_start_of_a_sku_finds_its_stock_in_any_case(admin_client):
    make.on_hand(make.product("LAMP-1"), 3)
    make.on_hand(make.product("MUG-1"), 3)

    response = admin_client.get(reverse("admin:inventory_stock_changelist"), {"q": "lam"})

    assert [row.product.sku for row in response.context["cl"].result_list] == ["LAMP-1"]


def test_a_product_is_found_by_a_word_of_its_name_where_no_sku_starts_so(admin_client):
    make.product("LAMP-1", name="Oak lamp")

    response = admin_client.get(reverse("admin:inventory_product_changelist"), {"q": "oak"})

    assert [row.sku for row in response.context["cl"].result_list] == ["LAMP-1"]


def test_a_whole_reference_finds_its_inbound(admin_client):
    lamp = make.product()
    make.coming(lamp, 5, on=None, reference="PO-77")
    make.coming(lamp, 5, on=None, reference="PO-778")

    response = admin_client.get(reverse("admin:inventory_inbound_changelist"), {"q": "po-77"})

    assert [row.reference for row in response.context["cl"].result_list] == ["PO-77"]


def test_the_page_of_a_product_shows_each_warehouse(admin_client):
    lamp = make.product()
    make.on_hand(lamp, 1_204)
    make.coming(lamp, 30, on=None, place=make.warehouse("HAM", rank=2))

    html = admin_client.get(reverse("admin:inventory_product_change", args=[lamp.pk])).content.decode()

    assert "1,204" in html
    assert "HAM" in html
    assert "no date" in html
    assert "nobody supplies it" in html


def operation(name: str, *rows: Stock) -> str:
    return f"{reverse(f'admin:inventory_stock_{name}')}?ids={','.join(str(row.pk) for row in rows)}"


def test_a_count_makes_the_books_say_what_the_shelf_says(admin_client):
    lamps, mugs = make.on_hand(make.product(), 8), make.on_hand(make.product(), 5)

    admin_client.agree(operation("count", lamps, mugs), {f"units-{lamps.pk}": 6, "reason": "Yearly count"})

    lamps.refresh_from_db()
    mugs.refresh_from_db()
    movement = Movement.objects.get(kind="count")
    assert (lamps.on_hand, mugs.on_hand) == (6, 5)
    assert (movement.quantity, movement.reason, movement.by.username) == (-2, "Yearly count", "admin")


def test_damage_takes_units_away(admin_client):
    row = make.on_hand(make.product(), 8)

    admin_client.agree(operation("damage", row), {f"units-{row.pk}": 3, "reason": "Fell off a shelf"})

    row.refresh_from_db()
    assert row.on_hand == 5
    assert list(Movement.objects.order_by("pk").values_list("kind", "quantity"))[1:] == [("damage", -3)]


@pytest.mark.parametrize(
    ("units", "reason", "told"),
    [
        ("", "Broken", "Enter units on at least one row."),
        (3, "", "This field is required."),
        (0, "Broken", "That is too little: the least is 1."),
        (9, "Broken", "has 8 on hand, 9 cannot be taken away."),
    ],
)
def test_damage_that_cannot_be_is_refused_with_the_reason(admin_client, units, reason, told):
    row = make.on_hand(make.product(), 8)

    response = admin_client.post(operation("damage", row), {f"units-{row.pk}": units, "reason": reason})

    row.refresh_from_db()
    assert told in response.content.decode()
    assert row.on_hand == 8


def test_an_operation_on_nothing_asks_for_rows(admin_client):
    response = admin_client.get(reverse("admin:inventory_stock_count"), follow=True)

    assert "Select at least one row first." in response.content.decode()


def test_selected_rows_are_taken_to_the_page_that_counts_them(admin_client):
    row = make.on_hand(make.product(), 8)

    response = admin_client.post(
        reverse("admin:inventory_stock_changelist"), {"action": "count", "_selected_action": row.pk}
    )

    assert response.url == operation("count", row)


def transfer_form(**fields) -> dict:
    lines = {"lines-TOTAL_FORMS": 5, "lines-INITIAL_FORMS": 0}
    return {"source": make.warehouse().pk, "destination": make.warehouse("HAM").pk, **lines, **fields}


def test_a_transfer_is_sent_from_its_form(admin_client):
    lamp = make.product("LAMP-1")
    make.on_hand(lamp, 8)

    url, typed = reverse("admin:inventory_transfer_add"), transfer_form(**{"lines-0-sku": "lamp-1", "lines-0-units": 3})
    seen = admin_client.post(url, {**typed, "preview": "1"})
    assert Transfer.objects.count() == 0
    admin_client.agree(url, typed)

    assert seen.context["tables"][1].rows[0][2:] == (8, 8, 3, 5)
    assert Stock.objects.get(product=lamp, warehouse__code="BER").on_hand == 5
    assert Inbound.objects.get().outstanding == 3


def test_a_transfer_that_nobody_looked_at_is_shown_and_not_sent(admin_client):
    make.on_hand(make.product("LAMP-1"), 8)

    shown = admin_client.post(
        reverse("admin:inventory_transfer_add"), transfer_form(**{"lines-0-sku": "LAMP-1", "lines-0-units": 3})
    )

    assert "Do exactly this" in shown.content.decode()
    assert Transfer.objects.count() == 0


def test_a_transfer_is_shown_again_when_its_shelf_has_changed(admin_client):
    lamp = make.product("LAMP-1")
    make.on_hand(lamp, 8)
    url, typed = reverse("admin:inventory_transfer_add"), transfer_form(**{"lines-0-sku": "LAMP-1", "lines-0-units": 3})
    seen = admin_client.post(url, {**typed, "preview": "1"})
    make.on_hand(lamp, 1)

    again = admin_client.post(url, {**typed, **carried(seen), "apply": "1"})

    assert seen.context["tables"][1].rows[0][2:] == (8, 8, 3, 5)
    assert again.context["tables"][1].rows[0][2:] == (9, 9, 3, 6)
    assert again.context["outcome"].fingerprint != seen.context["outcome"].fingerprint
    assert Transfer.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "Enter at least one product."),
        ({"lines-0-sku": "NONE", "lines-0-units": 1}, "There is no product with the SKU “NONE”."),
        ({"lines-0-sku": "LAMP-1", "lines-0-units": 9}, "LAMP-1: 9 cannot be sent, 8 are available there."),
        ({"lines-0-sku": "LAMP-1"}, "This field is required."),
        (
            {"lines-0-sku": "LAMP-1", "lines-0-units": 1, "lines-1-sku": "lamp-1", "lines-1-units": 1},
            "This product stands in another row already. Add the units there.",
        ),
        (
            {"lines-0-sku": "LAMP-1", "lines-0-units": 1, "expected_date": "2026-01-01"},
            "has passed. Enter today or a later day.",
        ),
    ],
)
def test_a_transfer_that_cannot_be_sent_is_refused_with_the_reason(admin_client, fields, told):
    make.on_hand(make.product("LAMP-1"), 8)

    response = admin_client.post(reverse("admin:inventory_transfer_add"), transfer_form(**fields))

    assert told in response.content.decode()
    assert Transfer.objects.count() == 0


def test_more_rows_keep_what_was_typed(admin_client):
    data = transfer_form(**{"lines-0-sku": "LAMP-1", "lines-0-units": 3, "more": "More rows"})

    response = admin_client.post(reverse("admin:inventory_transfer_add"), data)

    assert len(response.context["lines"].forms) == 10
    assert 'value="LAMP-1"' in response.content.decode()
    assert Transfer.objects.count() == 0


def policy() -> ReorderPolicy:
    return ReorderPolicy.objects.create(
        product=make.product(), warehouse=make.warehouse(), reorder_point=4, order_up_to=9
    )


def frozen(**fields) -> dict:
    return {"frozen_point": 12, "frozen_until": "2026-04-01", "frozen_reason": "Fair in March", "target": "", **fields}


def test_a_reorder_point_is_frozen_without_touching_what_the_night_wrote_meanwhile(admin_client):
    row = policy()

    admin_client.post(reverse("admin:inventory_reorderpolicy_change", args=[row.pk]), frozen())

    row.refresh_from_db()
    assert (row.frozen_point, str(row.frozen_until), row.frozen_reason) == (12, "2026-04-01", "Fair in March")
    assert (row.reorder_point, row.order_up_to) == (4, 9)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"frozen_reason": ""}, "A frozen reorder point needs a reason and a date until when."),
        ({"frozen_until": ""}, "A frozen reorder point needs a reason and a date until when."),
        ({"frozen_until": "2026-01-01"}, "1 January 2026 has passed. Enter today or a later day."),
        ({"target": "95"}, "The service target is a share between 0 and 1, such as 0.95."),
    ],
)
def test_a_freeze_that_says_too_little_is_refused_with_the_reason(admin_client, fields, told):
    row = policy()

    response = admin_client.post(reverse("admin:inventory_reorderpolicy_change", args=[row.pk]), frozen(**fields))

    row.refresh_from_db()
    assert told in response.content.decode()
    assert row.frozen_point is None


def test_an_event_that_ends_before_it_starts_is_refused_with_the_reason(admin_client):
    data = {"name": "Sale", "kind": "promotion", "starts_on": "2026-03-09", "ends_on": "2026-03-02", "uplift": "3"}

    response = admin_client.post(reverse("admin:inventory_demandevent_add"), data)

    assert "The event ends before it starts." in response.content.decode()
    assert DemandEvent.objects.count() == 0


def test_saving_a_product_writes_only_what_was_changed(admin_client):
    lamp = make.product("LAMP-1", name="Lamp", price="9.90")
    page = admin_client.get(reverse("admin:inventory_product_change", args=[lamp.pk])).context["adminform"].form
    data = {name: "" if value is None else value for name, value in page.initial.items() if name in page.fields}
    Product.objects.filter(pk=lamp.pk).update(price="12.00")

    admin_client.post(
        reverse("admin:inventory_product_change", args=[lamp.pk]), {**data, "name": "Oak lamp", "price": "12.00"}
    )

    lamp.refresh_from_db()
    assert (lamp.name, str(lamp.price), lamp.sku) == ("Oak lamp", "12.00", "LAMP-1")


@pytest.mark.parametrize("model", ["product", "stock", "movement", "inbound", "reorderpolicy", "policychange"])
def test_a_popular_product_stands_out_in_every_list_and_no_other_does(admin_client, model):
    world(4)
    for sku, abc, xyz in (("LAMP-0", "B", "X"), ("LAMP-1", "A", "X"), ("LAMP-2", "A", "Z"), ("LAMP-3", "A", "Y")):
        ReorderPolicy.objects.filter(product__sku=sku).update(abc=abc, xyz=xyz)

    response = admin_client.get(reverse(f"admin:inventory_{model}_changelist"))

    rows = response.context["cl"].result_list
    marked = {product.sku for product in map(_product, rows) if product.is_popular}
    assert marked == {"LAMP-1", "LAMP-3"}
    assert "★ A" in response.content.decode()


def _product(row) -> Product:
    return row if isinstance(row, Product) else getattr(row, "policy", row).product


def test_reorder_points_are_found_by_class(admin_client):
    world(3)
    ReorderPolicy.objects.filter(product__sku="LAMP-1").update(abc="A", xyz="Z")

    response = admin_client.get(reverse("admin:inventory_reorderpolicy_changelist"), {"abc": "A", "xyz": "Z"})

    assert [row.product.sku for row in response.context["cl"].result_list] == ["LAMP-1"]


def test_the_targets_of_all_classes_are_edited_in_their_list(admin_client):
    row = target("CZ", 0.9)
    form = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": row.pk, "_save": "Save"}
    ServiceTarget.objects.exclude(pk=row.pk).delete()
    address = reverse("admin:inventory_servicetarget_changelist")

    refused = admin_client.post(address, form | {"form-0-target": "90"}).content.decode()
    row.refresh_from_db()
    was = row.target
    admin_client.post(address, form | {"form-0-target": "0.85"})

    row.refresh_from_db()
    assert "The service target is a share between 0 and 1, such as 0.95." in refused
    assert (was, row.target) == (0.9, 0.85)


def test_an_order_is_left_out_of_the_forecast_and_counted_again(admin_client):
    lamp = make.product()
    make.asked(lamp, 3, on=make.TODAY)
    make.asked(lamp, 500, on=make.TODAY, reference="ONCE")
    entry = DemandEntry.objects.get(reference="ONCE")

    def units() -> list[int]:
        return list(DailyDemand.objects.values_list("units", flat=True))

    def do(name: str) -> str:
        address = f"{reverse(f'admin:inventory_demandentry_{name}')}?ids={entry.pk}"
        return str(admin_client.post(address, follow=True).content.decode())

    was, told = units(), do("one_off")
    without = units()
    do("count_again")

    assert (was, without, units()) == ([503], [3], [503])
    assert "1 order is left out of the forecast from the next nightly run on." in told
    assert LogEntry.objects.filter(object_id=str(entry.pk)).count() == 2


def test_orders_that_are_unusually_large_are_listed(admin_client):
    lamp = make.product()
    make.asked(lamp, 3, on=make.TODAY, reference="usual")
    make.asked(lamp, 500, on=make.TODAY, reference="large")
    DemandEntry.objects.filter(reference="large").update(is_outlier=True)

    response = admin_client.get(reverse("admin:inventory_demandentry_changelist"), {"is_outlier__exact": 1})

    assert [row.reference for row in response.context["cl"].result_list] == ["large"]
    assert "unusually large" in response.content.decode()


def test_an_event_shows_the_uplift_that_counts_and_where_it_comes_from(admin_client):
    lamp = make.product()
    day = make.TODAY
    for name, lift, measured in (("Entered", 3.0, 2.5), ("Measured", None, 2.0), ("Ahead", None, None)):
        DemandEvent.objects.create(
            name=name, product=lamp, starts_on=day, ends_on=day, uplift=lift, measured_uplift=measured
        )
    DemandEvent.objects.create(name="Unknown", kind="media", product=lamp, starts_on=day, ends_on=day)

    rows = admin_client.get(reverse("admin:inventory_demandevent_changelist")).context["cl"].result_list

    assert {row.name: round(row.counts, 4) for row in rows} == {
        "Entered": 3.0, "Measured": 2.0, "Ahead": 2.2361, "Unknown": 1.0,
    }  # fmt: skip


def test_what_a_warehouse_can_send_is_said_of_each_product_in_turn(admin_client):
    row = make.on_hand(make.product("LAMP-1"), 8)
    make.product("MUG-1")

    told = admin_client.get(
        reverse("admin:inventory_transfer_available"), {"source": row.warehouse_id, "sku": ["mug-1", "NOPE", "lamp-1"]}
    )

    assert told.json() == {"available": [0, None, 8]}
    page = admin_client.get(reverse("admin:inventory_transfer_add")).content.decode()
    assert f'data-available="{reverse("admin:inventory_transfer_available")}"' in page
    assert "backoffice/available.js" in page


@pytest.mark.parametrize("source", ["", "x", "9" * 30, "7,8"])
def test_a_warehouse_that_is_none_can_send_nothing(admin_client, source):
    make.product("LAMP-1")

    told = admin_client.get(reverse("admin:inventory_transfer_available"), {"source": source, "sku": "LAMP-1"})

    assert told.json() == {"available": [0]}
