"""
Every act of every screen, as somebody at a browser does it: the page that is opened, and what is typed into it.

``ACTS`` names each address of the admin that can do something (``acts.acting_addresses`` finds them all, so that a new
one without a scenario fails).
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.urls import reverse

from backoffice.tests import people
from backoffice.tests.acts import BOSS_PASSWORD, Act, boss
from inventory.demand import entries
from inventory.formulas.calendars.working_days import Closed
from inventory.models import Inbound, Product, Warehouse
from inventory.notebook import mentions
from inventory.supply import calendars
from inventory.supply import inbound as receiving
from orders import fulfillment, shipping
from orders.fulfillment.afterwards import parcels
from orders.mail import outbox
from orders.models import Notice, Order, OrderLine, Parcel, ShipmentLine
from orders.promising import by_hand
from orders.queue import ordering, simulation
from orders.rules.strategies import Strategy
from orders.tests import askers, make
from suppliers import closing, purchasing
from suppliers.models import AskedDate, PurchaseOrder, Supplier
from suppliers.tests.make import offer

Scenario = Callable[[people.Shop], Act]
WORKS = {"weekdays": ["0", "1", "2", "3", "4"], "receiving_days": "0", "handling_days": "1"}
"""Monday to Friday."""


def _on(view: str, label: str, **typed: Any) -> Scenario:
    """An operation on one row of the shop; ``{pk}`` in what is typed is that row's."""
    return lambda shop: _operation(view, shop.pk(label), **typed)


def _operation(view: str, pk: int, **typed: Any) -> Act:
    return Act(f"{reverse(f'admin:{view}')}?ids={pk}", {key.format(pk=pk): value for key, value in typed.items()})


def _send_now(shop: people.Shop) -> Act:
    """A wave of what is left on sale: of four units two went to who asked first, and one of two goes to the next."""
    thing = shop.rows["orders.restocklist"].product
    make.on_hand(thing, 4)
    askers.waiting(thing, 2)
    return _operation("orders_restocklist_send_now", shop.pk("orders.restocklist"))


def _shelf(name: str, units: str) -> Scenario:
    """Units of one row of stock: counted, damaged or sent back."""
    done = _on(f"inventory_stock_{name}", "inventory.stock", **{"units-{pk}": units, "reason": "As seen"})
    return lambda shop: replace(done(shop), is_previewed=True)


def _calendar(name: str, **typed: Any) -> Scenario:
    """Other working days of the warehouse, shown first."""
    done = _on(f"inventory_warehouse_{name}", "inventory.warehouse", **typed)
    return lambda shop: replace(done(shop), is_previewed=True)


def _works_after_all(shop: people.Shop) -> Act:
    closed = Closed(people.MONDAY.date() + timedelta(days=7), people.MONDAY.date() + timedelta(days=9))
    made = calendars.close(shop.pk("inventory.warehouse"), closed, by=None, at=people.MONDAY)
    return _calendar("work_after_all", closures=[str(made.pk)])(shop)


def _closure(name: str, **typed: Any) -> Scenario:
    """Days on which the supplier is closed, shown first."""
    done = _on(f"suppliers_supplier_{name}", "suppliers.supplier", **typed)
    return lambda shop: replace(done(shop), is_previewed=True)


def _open_after_all(shop: people.Shop) -> Act:
    first, last = (people.MONDAY.date() + timedelta(days=days) for days in (7, 9))
    made = closing.close(shop.pk("suppliers.supplier"), first, last, by=None, at=people.MONDAY)
    return _closure("open_after_all", closures=[str(made.pk)])(shop)


def _page(view: str, *pks: Any, is_new: Any = False, **typed: Any) -> Act:
    return Act(reverse(f"admin:{view}", args=pks), typed, is_new=is_new, button="_save")


def _changed(label: str, **typed: Any) -> Scenario:
    return lambda shop: _page(f"{label.replace('.', '_')}_change", shop.pk(label), **typed)


def _added(label: str, **typed: Any) -> Scenario:
    return lambda shop: _page(f"{label.replace('.', '_')}_add", is_new=True, **typed)


def _on_row(view: str, shop: people.Shop) -> str:
    return f"{reverse(f'admin:{view}', args=['orders.order'])}?ids={shop.pk('orders.order')}"


def _edit_note(shop: people.Shop) -> Act:
    """A note of one's own: it is the next one that is written."""
    first = Act(_on_row("note_write", shop), {"text": "Wants it by Friday."})
    return Act(reverse("admin:note_reword", args=[shop.pk("inventory.note") + 1]), {"text": "By Monday."}, first=first)


def _leave(shop: people.Shop) -> Act:
    """What one follows: one says so first."""
    return Act(_on_row("row_leave", shop), first=Act(_on_row("row_follow", shop)))


def _read_inbox(shop: people.Shop) -> Act:
    """Somebody names the one who looks, and who says that it is read."""
    boss("ines")
    ines, nils = (User.objects.get(username=name) for name in ("ines", "nils"))
    mentions.tell([shop.pk("inventory.note")], [ines], by=nils)
    return Act(reverse("admin:inbox"))


def _keep_view() -> Act:
    return Act(f"{reverse('admin:view_keep', args=['orders_order'])}?q=SO-1", {"name": "First"}, is_new=True)


def _on_view(view: str, **typed: str) -> Scenario:
    """A view of one's own: it is the next one that is kept."""
    return lambda shop: Act(
        reverse(f"admin:{view}", args=[shop.pk("inventory.savedview") + 1]), typed, first=_keep_view()
    )


def _count_again(shop: people.Shop) -> Act:
    entries.mark_one_off([shop.pk("inventory.demandentry")], True)
    return _operation("inventory_demandentry_count_again", shop.pk("inventory.demandentry"))


def _apply_simulation(shop: people.Shop) -> Act:
    lamp = shop.rows["inventory.product"]
    make.order((lamp, 3), reference="SO-4", who=make.customer("Tom Baker"), at=people.MONDAY)
    last = OrderLine.objects.filter(product=lamp).latest("pk")
    ordering.set_priority([last.pk], 9, reason="x", by=None, at=people.MONDAY)
    run = simulation.run(Strategy.AGE, None, by=None, at=people.MONDAY)
    return _operation("orders_simulationrun_apply", run.pk)


def _stop(shop: people.Shop) -> Act:
    return _operation("orders_order_stop", shop.pk("orders.order"), reason="address")


def _pay(shop: people.Shop) -> Act:
    unpaid = make.order((shop.rows["inventory.product"], 1), reference="SO-7", is_unpaid=True, at=people.MONDAY)
    return _operation("orders_order_pay", unpaid.pk, reason="Bank 17")


def _go_on(shop: people.Shop) -> Act:
    user = User.objects.create(username="stopper")
    wanted = fulfillment.Stop("address", user.pk)
    fulfillment.stop(shop.pk("orders.order"), wanted, by=user, at=people.MONDAY)
    return _operation("orders_order_go_on", shop.pk("orders.order"), reason="Found")


def _fate(name: str, **typed: str) -> Scenario:
    """What became of one unit of the parcel."""

    def act(shop: people.Shop) -> Act:
        row = ShipmentLine.objects.get(shipment=shop.pk("orders.shipment"))
        done = _operation(f"orders_shipment_{name}", row.shipment_id, **{f"units-{row.pk}": "1"}, **typed)
        return replace(done, is_previewed=True)

    return act


def _found(shop: people.Shop) -> Act:
    row = ShipmentLine.objects.get(shipment=shop.pk("orders.shipment"))
    parcels.lose(row.shipment_id, {row.pk: 1}, reason="The carrier says so", by=None, at=people.MONDAY)
    return _fate("found", condition="used", becomes="restock", may_be_theirs="on")(shop)


def _called(shop: people.Shop) -> Act:
    line = make.line(shop.rows["inventory.product"], 50, reference="SO-8", who=make.customer("Kim Adams", email=""))
    outbox.sort_out(at=people.MONDAY)
    return _operation("orders_notice_called", Notice.objects.get(lines__line=line).pk)


def _sent(how: str) -> Callable[[people.Shop], Act]:
    def act(shop: people.Shop) -> Act:
        draft = shop.pk("suppliers.purchaseorder")
        Supplier.objects.update(email="orders@nordlys.example")
        purchasing.approve([draft], by=None, at=people.MONDAY)
        return replace(_operation(f"suppliers_purchaseorder_{how}", draft), is_previewed=True)

    return act


def _sent_again(shop: people.Shop) -> Act:
    Supplier.objects.update(email="orders@nordlys.example")
    return replace(_operation("suppliers_purchaseorder_send_again", shop.pk("suppliers.sent")), is_previewed=True)


def _said(shop: people.Shop) -> PurchaseOrder:
    """The order that was sent, confirmed for a day."""
    Supplier.objects.update(email="orders@nordlys.example")
    sent: PurchaseOrder = shop.rows["suppliers.sent"]
    said = {"expected_date": people.in_days(3), "is_confirmed": True}
    Inbound.objects.filter(purchase_line__purchase_order=sent).update(**said)
    return sent


def _ask(shop: people.Shop) -> Act:
    return replace(_operation("suppliers_purchaseorder_ask", _said(shop).pk), is_previewed=True)


def _they_left(shop: people.Shop) -> Act:
    sent = _said(shop)
    asked = {"asked_on": people.in_days(0), "silent_from": people.in_days(1)}
    AskedDate.objects.create(line=sent.lines.get(), day=people.in_days(3), moment="before", **asked)
    return _operation("suppliers_purchaseorder_they_left", sent.pk)


def _shorten(shop: people.Shop) -> Act:
    sent = shop.rows["suppliers.sent"]
    typed = {f"units-{sent.lines.get().pk}": "12", "reason": "No more of it"}
    return replace(_operation("suppliers_purchaseorder_shorten", sent.pk, **typed), is_previewed=True)


def _confirm(shop: people.Shop) -> Act:
    sent = shop.rows["suppliers.sent"]
    typed = {f"date-{sent.lines.get().pk}": str(people.in_days(20))}
    return replace(_operation("suppliers_purchaseorder_confirm", sent.pk, **typed), is_previewed=True)


def _cancel_order(shop: people.Shop) -> Act:
    act = _operation("suppliers_purchaseorder_cancel", shop.pk("suppliers.sent"), reason="Found cheaper")
    return replace(act, is_previewed=True)


def _control(name: str, line: OrderLine, first: Act | None = None, **typed: Any) -> Act:
    address = f"{reverse(f'admin:orders_backorder_{name}')}?ids={line.pk}"
    return Act(address, {"reason": "They rang", **typed}, is_previewed=True, first=first)


def _controlled(name: str, **typed: Any) -> Scenario:
    return lambda shop: _control(
        name, shop.rows["orders.backorder"], **{key.format(pk=shop.pk("orders.backorder")): typed[key] for key in typed}
    )


def _amended(what: str, **typed: str) -> Scenario:
    """Something changed of an order."""

    def act(shop: people.Shop) -> Act:
        found = _operation(f"orders_order_{what}", shop.pk("orders.order"), **typed, reason="They rang")
        return replace(found, is_previewed=True)

    return act


def _release(shop: people.Shop) -> Act:
    line = shop.rows["orders.backorder"]
    by_hand.set_date([line.pk], people.in_days(40), reason="They rang", by=None, at=people.MONDAY)
    return _control("release", line)


def _move_up(shop: people.Shop) -> Act:
    later = make.order((shop.rows["inventory.product"], 3), reference="SO-5", who=make.customer("Ada Moor"))
    return _control("move_up", later.lines.get(), place="1")


def _unpin(shop: people.Shop) -> Act:
    line = shop.rows["orders.backorder"]
    ordering.pin_lines([line.pk], 2, reason="They rang", by=None, at=people.MONDAY)
    return _control("unpin", line)


def _undo(shop: people.Shop) -> Act:
    first = _control("priority", shop.rows["orders.backorder"], priority="3")
    return Act(reverse("admin:orders_backorder_undo"), {"reason": "By mistake"}, is_previewed=True, first=first)


def _unreceived(name: str, label: str) -> Scenario:
    """One unit of each part has come in, and had not arrived."""

    def scenario(shop: people.Shop) -> Act:
        row = shop.rows[label]
        if label == "inventory.transfer":
            parts = list(Inbound.objects.filter(transfer_line__transfer=row))
            receiving.receive([receiving.Receipt(part.pk, 1) for part in parts], by=None, at=people.MONDAY)
        else:
            order = row if label == "suppliers.sent" else row.purchase_line.purchase_order
            lines = {line.pk: (1, 0) for line in order.lines.all()}
            parts = [line.inbound for line in order.lines.all()]
            purchasing.receive(order.pk, lines, by=None, at=people.MONDAY)
        typed = {f"units-{part.pk}": "1" for part in parts} | {"reason": "Another lorry"}
        return Act(reverse(f"admin:{name}", args=[row.pk]), typed, is_previewed=True)

    return scenario


def _received(name: str, label: str) -> Scenario:
    def scenario(shop: people.Shop) -> Act:
        row = shop.rows[label]
        parts = {
            "receive_inbound": lambda: [row],
            "receive_transfer": lambda: Inbound.objects.filter(transfer_line__transfer=row),
            "receive_purchase_order": lambda: Inbound.objects.filter(purchase_line__purchase_order=row),
        }[name]()
        typed = {f"units-{part.pk}": "1" for part in parts}
        return Act(reverse(f"admin:{name}", args=[row.pk]), typed, is_previewed=True)

    return scenario


def _new_date(shop: people.Shop) -> Act:
    typed = {"new_date": str(people.in_days(30)), "reason": "A storm"}
    return Act(reverse("admin:reschedule_inbound", args=[shop.pk("inventory.inbound")]), typed, is_previewed=True)


def _in_parts(shop: people.Shop) -> Act:
    line = shop.rows["suppliers.sent"].lines.get()
    half = line.inbound.outstanding // 2
    typed = {
        "units-1": str(half),
        "date-1": str(people.in_days(20)),
        "units-2": str(line.inbound.outstanding - half),
        "date-2": str(people.in_days(40)),
    }
    return Act(reverse("admin:confirm_in_parts", args=[line.inbound_id]), typed, is_previewed=True)


def _new_dates(name: str, label: str) -> Scenario:
    def scenario(shop: people.Shop) -> Act:
        typed = {"days_later": "5", "reason": "A storm"}
        address = reverse(f"admin:{name}", args=[shop.pk(label)])
        return Act(address, {**typed, "same_day": "", "column": ""}, is_previewed=True)

    return scenario


def _bare(view: str, *, is_new: bool = True, **typed: Any) -> Scenario:
    return lambda shop: Act(reverse(f"admin:{view}"), typed, is_new=is_new)


def _lines(**typed: Any) -> dict[str, Any]:
    return {"lines-TOTAL_FORMS": "5", "lines-INITIAL_FORMS": "0", **typed}


def _transfer(shop: people.Shop) -> Act:
    lamp = make.on_hand(make.product("CUP-1"), 9).product
    places = {"source": make.warehouse("BER").pk, "destination": make.warehouse("HAM").pk}
    typed = _lines(**{"lines-0-sku": lamp.sku, "lines-0-units": "2"}, **places)
    return Act(reverse("admin:inventory_transfer_add"), typed, is_previewed=True)


def _carried(shop: people.Shop) -> Act:
    """All of what lies in Berlin for the one who waits goes to Hamburg."""
    line = shop.rows["orders.backorder"]
    there = Warehouse.objects.exclude(pk=shop.pk("inventory.warehouse")).get()
    soon = str(people.in_days(2))
    typed = {"source": shop.pk("inventory.warehouse"), "destination": there.pk, "units": "5", "expected_date": soon}
    return Act(reverse("admin:orders_backorder_carry", args=[line.pk]), typed, is_previewed=True)


def _decide(shop: people.Shop) -> Act:
    Inbound.objects.filter(pk=shop.pk("inventory.inbound")).update(set_apart=3)
    return replace(
        _operation("inventory_inbound_decide", shop.pk("inventory.inbound"), keeps="2", sends_back="1"),
        is_previewed=True,
    )


def _another(shop: people.Shop) -> Act:
    line = shop.rows["suppliers.sent"].lines.get()
    typed = {"line": line.pk, "sku": "MUG-1", "units": "2"}
    act = Act(f"{reverse('admin:suppliers_purchaseorder_another')}?ids={shop.pk('suppliers.sent')}", typed)
    return replace(act, is_previewed=True)


def _hold(shop: people.Shop) -> Act:
    make.on_hand(make.product("CUP-1"), 9)
    typed = {"customer": shop.rows["orders.customer"].email, "sku": "CUP-1", "units": "2", "reason": "Asked"}
    return Act(reverse("admin:orders_hold_add"), typed, is_previewed=True)


def _order(shop: people.Shop) -> Act:
    typed = {"customer": shop.rows["orders.customer"].email, "lines-0-sku": "MUG-1", "lines-0-units": "1"}
    return Act(reverse("admin:orders_order_add"), typed, is_new=True)


def _draft(shop: people.Shop) -> Act:
    offered = offer(make.product("CUP-2"), shop.rows["suppliers.supplier"])
    typed = {"supplier": offered.supplier_id, "warehouse": shop.pk("inventory.warehouse")}
    lines = {"lines-0-sku": "CUP-2", "lines-0-units": "24"}
    return Act(reverse("admin:suppliers_purchaseorder_add"), {**typed, **lines}, is_new=True)


def _price(shop: people.Shop) -> Act:
    """A price tier added on the page of an offer: sent twice it must not stand there twice."""
    return _page(
        "suppliers_offer_change",
        shop.pk("suppliers.offer"),
        **{"prices-TOTAL_FORMS": "2", "prices-1-minimum": "500", "prices-1-unit_price": "3.00"},
    )


def _offer(shop: people.Shop) -> Act:
    return _page(
        "suppliers_offer_add",
        is_new=True,
        product=Product.objects.get(sku="MUG-1").pk,
        supplier=shop.pk("suppliers.supplier"),
        quoted_days="7",
        minimum="1",
        pack="1",
        **{"prices-0-minimum": "1", "prices-0-unit_price": "3.00"},
    )


def _upload(step: str, **typed: Any) -> Scenario:
    return lambda shop: Act(reverse(f"admin:backoffice_upload_{step}", args=[shop.pk("backoffice.upload")]), typed)


def _person(shop: people.Shop) -> Act:
    typed = {"name": "Mia", "email": "mia@shop.example", "roles": [str(shop.pk("auth.group"))]}
    return Act(reverse("admin:auth_user_add"), typed, is_new=True)


def _link(shop: people.Shop) -> Act:
    User.objects.update(is_staff=True)
    return Act(reverse("admin:auth_user_link", args=[shop.pk("auth.user")]))


def _password(shop: people.Shop) -> Act:
    typed = {"usable_password": "true", "password1": "oak-lamp-1842", "password2": "oak-lamp-1842"}
    return _page("auth_user_password_change", shop.pk("auth.user"), **typed)


def _joined(shop: people.Shop) -> Act:
    return _operation("orders_customer_join", shop.pk("orders.customer"), into=f"#{make.customer('Lena O.').pk}")


def _own_password(shop: people.Shop) -> Act:
    """Of the one who sends it; ``acts.boss`` gives everybody the same first one."""
    new = "oak-lamp-1842"
    typed = {"old_password": BOSS_PASSWORD, "new_password1": new, "new_password2": new}
    return Act(reverse("admin:password_change"), {"usable_password": "true", **typed}, is_new=True)


def _deleted(label: str) -> Scenario:
    return lambda shop: _page(f"{label.replace('.', '_')}_delete", shop.pk(label))


def _own_deleted(label: str, **fields: Any) -> Scenario:
    """Delete a row that nothing hangs on."""

    def scenario(shop: people.Shop) -> Act:
        row = apps.get_model(label)._default_manager.create(**fields)
        return _page(f"{label.replace('.', '_')}_delete", row.pk)

    return scenario


def _let_go(shop: people.Shop) -> Act:
    """Somebody has it in work, and lets it go."""
    take = _operation("inventory_alert_take", shop.pk("inventory.alert"))
    return replace(_operation("inventory_alert_let_go", shop.pk("inventory.alert")), first=take)


def _targets(shop: people.Shop) -> Act:
    return Act(reverse("admin:inventory_servicetarget_changelist"), {"form-0-target": "0.85"}, button="_save")


def _delete_offer(shop: people.Shop) -> Act:
    make.product("PEN-1")
    row = apps.get_model("suppliers.offer")._default_manager.create(
        product=Product.objects.get(sku="PEN-1"), supplier=shop.rows["suppliers.supplier"], quoted_days=5
    )
    return _page("suppliers_offer_delete", row.pk)


def _floor(shop: people.Shop) -> Order:
    """An order that can leave now."""
    return make.order((Product.objects.get(sku="MUG-1"), 2), reference="SO-9", who=make.customer("Rut Amsel"))


def _desk(shop: people.Shop) -> Act:
    _floor(shop)
    return Act(reverse("admin:shipping_desk"))


def _parcel(shop: people.Shop) -> Parcel:
    """What can leave, in a batch that was printed."""
    order, by = _floor(shop), User.objects.get(username="owner")
    batch, _ = shipping.make(make.warehouse("HAM").pk, [order.pk], by=by, at=people.MONDAY)
    return batch.parcels.get()


def _labels(shop: people.Shop) -> Act:
    """Numbers typed on the page of a batch, which is another address than where they are sent."""
    parcel = _parcel(shop)
    address = reverse("admin:orders_batch_labels", args=[parcel.batch_id])
    return Act(address, {f"tracking-{parcel.pk}": "1Z1"}, button="save")


def _split(shop: people.Shop) -> Act:
    parcel = _parcel(shop)
    units = {f"units-{parcel.lines.get().line_id}": "1"}
    return Act(reverse("admin:orders_parcel_split", args=[parcel.pk]), units)


def _back(shop: people.Shop) -> Act:
    parcel = _parcel(shop)
    shipping.stop_parcels([parcel.pk], why="It is wet", by=User.objects.get(username="owner"), at=people.MONDAY)
    return Act(reverse("admin:orders_parcel_back", args=[parcel.pk]))


NEXT_WEEK = people.TODAY + timedelta(days=7)
SALE = {"name": "Spring", "kind": "promotion", "starts_on": str(NEXT_WEEK), "ends_on": str(NEXT_WEEK)}
SKETCH = {"sku": "NEW-1", "name": "New", "price": "1", "cost": "1", "backorder_policy": "always", "covered_days": "30"}

ACTS: dict[str, Scenario] = {
    "shipping_desk": _desk,
    "orders_batch_labels": _labels,
    "orders_batch_numbers": lambda shop: Act(
        reverse("admin:orders_batch_numbers", args=[_parcel(shop).batch_id]), {"column": "1Z1"}
    ),
    "orders_batch_hand_over": lambda shop: replace(
        _operation("orders_batch_hand_over", _parcel(shop).batch_id), is_previewed=True
    ),
    "orders_batch_put_away": lambda shop: _operation("orders_batch_put_away", _parcel(shop).batch_id),
    "orders_parcel_split": _split,
    "orders_parcel_stop": lambda shop: Act(
        reverse("admin:orders_parcel_stop", args=[_parcel(shop).pk]), {"why": "It is wet"}
    ),
    "orders_parcel_back": _back,
    "orders_shipment_correct": lambda shop: replace(
        _operation("orders_shipment_correct", shop.pk("orders.shipment"), tracking="1Z2", reason="Mistyped"),
        is_previewed=True,
    ),
    "inventory_alert_take": _on("inventory_alert_take", "inventory.alert"),
    "inventory_alert_let_go": _let_go,
    "inventory_alert_solve": _on("inventory_alert_solve", "inventory.alert", reason="They rang"),
    "inventory_alert_give": _on("inventory_alert_give", "inventory.alert"),
    "inventory_stock_count": _shelf("count", "3"),
    "inventory_stock_damage": _shelf("damage", "1"),
    "inventory_stock_bins": _on("inventory_stock_bins", "inventory.stock", **{"bin-{pk}": "A-12"}),
    "inventory_countsheet_add": lambda shop: Act(
        reverse("admin:inventory_countsheet_add"), {"warehouse": shop.pk("inventory.warehouse")}, is_new=True
    ),
    "inventory_countsheet_enter": lambda shop: _operation(
        "inventory_countsheet_enter",
        shop.pk("inventory.countsheet"),
        **{f"units-{shop.pk('inventory.product')}": "3"},
    ),
    "inventory_countsheet_walk": lambda shop: Act(
        f"{reverse('admin:inventory_countsheet_walk', args=[shop.pk('inventory.countsheet')])}"
        f"?line={shop.pk('inventory.product')}",
        {"units": "3"},
    ),
    "inventory_countsheet_post": lambda shop: replace(
        _operation("inventory_countsheet_post", shop.pk("inventory.countsheet")), is_previewed=True
    ),
    "inventory_countsheet_drop": _on("inventory_countsheet_drop", "inventory.countsheet"),
    "inventory_inbound_add": lambda shop: Act(
        reverse("admin:inventory_inbound_add"),
        _lines(
            **{"lines-0-sku": "MUG-1", "lines-0-units": "2"},
            warehouse=shop.pk("inventory.warehouse"),
            sender="Nordlys",
            reason="A gift",
            becomes="stock",
        ),
        is_previewed=True,
    ),
    "inventory_inbound_decide": _decide,
    "suppliers_purchaseorder_another": _another,
    "inventory_demandentry_one_off": _on("inventory_demandentry_one_off", "inventory.demandentry"),
    "inventory_demandentry_count_again": _count_again,
    "orders_order_ship": lambda shop: replace(
        _operation("orders_order_ship", shop.pk("orders.order")), is_previewed=True
    ),
    "orders_order_terms": _amended("terms", is_ship_complete="on"),
    "orders_order_product": _amended("product", product="MUG-1", units="2"),
    "orders_order_address": lambda shop: replace(
        _amended("address", name="Lena", street="1 Main St", city="Reno", country="US")(shop), is_previewed=False
    ),
    "orders_order_pay": lambda shop: replace(_pay(shop), is_previewed=True),
    "orders_order_stop": lambda shop: replace(_stop(shop), is_previewed=True),
    "orders_order_go_on": lambda shop: replace(_go_on(shop), is_previewed=True),
    "orders_order_withdraw": lambda shop: _operation("orders_order_withdraw", shop.pk("orders.order"), reason="Wrong"),
    "orders_shipment_return": _fate("return", condition="used", wish="refund", becomes="restock"),
    "orders_shipment_lost": _fate("lost", reason="The carrier says so"),
    "orders_shipment_found": _found,
    "orders_shipment_reverse": _fate("reverse", reason="On the ramp"),
    "orders_return_decide": lambda shop: replace(
        _operation("orders_return_decide", shop.pk("orders.return"), units="1", becomes="restock"), is_previewed=True
    ),
    "orders_customer_join": _joined,
    "orders_refund_paid_back": _on("orders_refund_paid_back", "orders.refund", amount="6.00", reference="B-2"),
    "orders_refund_not_owed": _on("orders_refund_not_owed", "orders.refund", note="Never paid"),
    "orders_refund_take_back": _on("orders_refund_take_back", "orders.refund"),
    "orders_hold_release": lambda shop: replace(
        _operation("orders_hold_release", shop.pk("orders.hold")), is_previewed=True
    ),
    "orders_restocklist_send_now": _send_now,
    "orders_restocklist_stop": _on("orders_restocklist_stop", "orders.restocklist"),
    "orders_restocklist_go_on": lambda shop: replace(
        _operation("orders_restocklist_go_on", shop.pk("orders.restocklist")),
        first=_operation("orders_restocklist_stop", shop.pk("orders.restocklist")),
    ),
    "orders_restockrequest_forget": _on("orders_restockrequest_forget", "orders.restockrequest"),
    "orders_notice_resend": _on("orders_notice_resend", "orders.notice"),
    "orders_notice_called": _called,
    "orders_simulationrun_apply": _apply_simulation,
    "suppliers_purchaseorder_approve": _on("suppliers_purchaseorder_approve", "suppliers.purchaseorder"),
    "suppliers_purchaseorder_send": _sent("send"),
    "suppliers_purchaseorder_by_hand": _sent("by_hand"),
    "suppliers_purchaseorder_send_again": _sent_again,
    "suppliers_purchaseorder_shorten": _shorten,
    "suppliers_purchaseorder_ask": _ask,
    "suppliers_purchaseorder_they_left": _they_left,
    "suppliers_purchaseorder_confirm": _confirm,
    "suppliers_purchaseorder_cancel": _cancel_order,
    "orders_backorder_new_date": _controlled("new_date", promised_date=str(people.in_days(60))),
    "orders_backorder_release": _release,
    "orders_backorder_priority": _controlled("priority", priority="3"),
    "orders_backorder_move_up": _move_up,
    "orders_backorder_pin": _controlled("pin", rank="1"),
    "orders_backorder_unpin": _unpin,
    "orders_backorder_quantity": _controlled("quantity", **{"units-{pk}": "12"}),
    "orders_backorder_substitute": _controlled("substitute", product="MUG-1", **{"units-{pk}": "2"}),
    "orders_backorder_offer": _controlled("offer", product="MUG-1"),
    "orders_backorder_cancel": _controlled("cancel", **{"units-{pk}": "2"}),
    "orders_backorder_cause": _controlled("cause", cause="supplier"),
    "orders_backorder_undo": _undo,
    "orders_backorder_carry": _carried,
    "receive_purchase_order": _received("receive_purchase_order", "suppliers.sent"),
    "receive_transfer": _received("receive_transfer", "inventory.transfer"),
    "receive_inbound": _received("receive_inbound", "inventory.inbound"),
    "unreceive_purchase_order": _unreceived("unreceive_purchase_order", "suppliers.sent"),
    "unreceive_transfer": _unreceived("unreceive_transfer", "inventory.transfer"),
    "unreceive_inbound": _unreceived("unreceive_inbound", "inventory.inbound"),
    "reschedule_inbound": _new_date,
    "confirm_in_parts": _in_parts,
    "reschedule_all": _new_dates("reschedule_all", "inventory.inbound"),
    "reschedule_purchase_order": _new_dates("reschedule_purchase_order", "suppliers.sent"),
    "backoffice_jobrun_start": _bare("backoffice_jobrun_start"),
    "backoffice_upload_add": lambda shop: Act(
        reverse("admin:backoffice_upload_add"),
        {"kind": "products", "file": ("b.csv", b"sku,name\nB-1,B\n")},
        is_new=True,
    ),
    "backoffice_upload_preview": _upload("preview"),
    "backoffice_upload_reading": _upload("reading", dates="day-first"),
    "backoffice_upload_columns": _upload("columns", sku="name", name="sku"),
    "backoffice_columnmapping_change": _changed("backoffice.columnmapping", name="Our till", columns="Title = sku"),
    "backoffice_columnmapping_delete": _deleted("backoffice.columnmapping"),
    "inventory_transfer_add": _transfer,
    "orders_hold_add": _hold,
    "orders_order_add": _order,
    "orders_simulationrun_add": _bare("orders_simulationrun_add", strategy="age"),
    "suppliers_purchaseorder_add": _draft,
    "inventory_product_add": _added("inventory.product", **SKETCH),
    "inventory_product_change": _changed("inventory.product", name="Ash lamp"),
    "orders_channel_add": _added("orders.channel", name="Telephone", payment_minutes="60", cancel_after_days="7"),
    "orders_channel_change": _changed("orders.channel", payment_minutes="90"),
    "orders_transittime_add": _added("orders.transittime", carrier="UPS", service="Ground", country="FR", days="4"),
    "orders_transittime_change": _changed("orders.transittime", days="5"),
    "orders_transittime_delete": _deleted("orders.transittime"),
    "inventory_warehouse_add": _added("inventory.warehouse", code="MUC", rank="3", handling_days="0"),
    "inventory_warehouse_change": _changed("inventory.warehouse", name="Berlin"),
    "inventory_warehouse_working_days": _calendar("working_days", country="DE", **WORKS),
    "inventory_warehouse_close_for": _calendar("close_for", starts_on="2026-03-09", ends_on="2026-03-13"),
    "inventory_warehouse_work_after_all": _works_after_all,
    "inventory_demandevent_add": _added("inventory.demandevent", **SALE),
    "inventory_demandevent_change": _changed("inventory.demandevent", name="Autumn"),
    "inventory_demandevent_delete": _deleted("inventory.demandevent"),
    "inventory_reorderpolicy_change": _changed(
        "inventory.reorderpolicy", frozen_point="9", frozen_until=str(NEXT_WEEK), frozen_reason="Fair"
    ),
    "inventory_servicetarget_changelist": _targets,
    "inventory_servicetarget_change": _changed("inventory.servicetarget", target="0.9"),
    "orders_customer_add": _added("orders.customer", name="Tom", email="tom@example.com", language="en"),
    "orders_customer_edit": lambda shop: _page("orders_customer_edit", shop.pk("orders.customer"), name="Lena O."),
    "orders_customer_delete": _own_deleted("orders.customer", name="Tom", email="tom@example.com"),
    "suppliers_purchaseorder_change": _changed("suppliers.purchaseorder", **{"lines-0-quantity": "60"}),
    "suppliers_supplier_close_for": _closure("close_for", starts_on="2026-03-09", ends_on="2026-03-22"),
    "suppliers_supplier_open_after_all": _open_after_all,
    "suppliers_supplier_add": _added("suppliers.supplier", code="NEW", name="New", approval_days="1", review_days="7"),
    "suppliers_supplier_change": _changed("suppliers.supplier", name="Nordlys A/S"),
    "suppliers_supplier_delete": _own_deleted("suppliers.supplier", code="OLD", name="Old"),
    "suppliers_offer_add": _offer,
    "suppliers_offer_change": _price,
    "suppliers_offer_delete": _delete_offer,
    "auth_user_add": _person,
    "auth_user_link": _link,
    "auth_user_change": _changed("auth.user", first_name="Max"),
    "auth_user_delete": _deleted("auth.user"),
    "auth_user_password_change": _password,
    "password_change": _own_password,
    "inbox": _read_inbox,
    "note_write": lambda shop: Act(_on_row("note_write", shop), {"text": "Wants it by Friday."}, is_new=True),
    "row_follow": lambda shop: Act(_on_row("row_follow", shop)),
    "row_leave": _leave,
    "note_reword": _edit_note,
    "note_pin": lambda shop: Act(reverse("admin:note_pin", args=[shop.pk("inventory.note")])),
    "note_remove": lambda shop: Act(reverse("admin:note_remove", args=[shop.pk("inventory.note")])),
    "assign_rows": lambda shop: Act(_on_row("assign_rows", shop), {"task": "Ask the sender"}),
    "assignment_done": lambda shop: Act(reverse("admin:assignment_done", args=[shop.pk("inventory.assignment")])),
    "view_keep": lambda shop: _keep_view(),
    "view_change": _on_view("view_change", name="The first"),
    "view_remove": _on_view("view_remove"),
    "own_time": _bare("own_time", zone="Asia/Tokyo"),
    "auth_group_add": _added("auth.group", name="Packers"),
    "auth_group_change": _changed("auth.group", name="Reviewers"),
    "auth_group_delete": _own_deleted("auth.group", name="Nobody"),
}
