"""People of each group, and a shop with one of everything, made by the real use cases."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.core.files.base import ContentFile
from django.db import connection
from django.db.models import Model

from backoffice.figures import night
from backoffice.models import (
    ArrivalForecast,
    ColumnMapping,
    JobRun,
    LineOutcome,
    OrderOutcome,
    Upload,
    WeeklyFigure,
)
from backoffice.people import roles
from backoffice.screens import upload_rights
from backoffice.watching import alerts
from inventory.demand import entries
from inventory.models import (
    Alert,
    Assignment,
    DemandEntry,
    DemandEvent,
    Note,
    PolicyChange,
    Product,
    SavedView,
    ServiceTarget,
    Warehouse,
)
from inventory.notebook import assignments, hanging, notes, owners, saved_views
from inventory.supply import sheets, transfers
from inventory.tests.hands import Hands
from orders import fulfillment, shipping
from orders.fulfillment import holds
from orders.fulfillment.afterwards import returns
from orders.models import (
    Channel,
    Customer,
    Hold,
    Notice,
    NoticeState,
    Order,
    Refund,
    RepeatedBackorder,
    RestockList,
    RestockRequest,
    ReturnWish,
    TransitTime,
)
from orders.queue import again, causes, simulation
from orders.refunds import recording
from orders.rules.strategies import Strategy
from orders.tests import askers, make
from suppliers import purchasing
from suppliers.letters import writing
from suppliers.models import OrderLetter, PurchaseOrder, Supplier
from suppliers.tests import make as buy

MONDAY, TODAY = make.MONDAY, make.TODAY


def person(role: str) -> User:
    """Somebody of this group."""
    user = User.objects.create_user(role.lower().replace(" ", "."), is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def loader(name: str = "ines") -> User:
    """Somebody who may load files of every kind, and has no role."""
    user = User.objects.create_user(name, is_staff=True)
    for permission in {upload_rights.UPLOAD, *chain.from_iterable(upload_rights.ASKS.values())}:
        app, _, codename = permission.partition(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return user


def browser(role: str) -> Hands:
    """A browser in which somebody of this group is logged in."""
    client = Hands()
    client.force_login(person(role))
    return client


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)


def tables() -> Iterator[type[Model]]:
    """Every table of ours, people, and the history of what was done."""
    for app in ("admin", "auth", *roles.APPS):
        yield from (model for model in apps.get_app_config(app).get_models() if not model._meta.proxy)


def rows(model: type[Model]) -> list[str]:
    """All rows of a table as the database has them: looked at so often that the ORM would take most of the time."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(model._meta.db_table)}")
        return sorted(map(repr, cursor.fetchall()))


def fingerprint() -> str:
    """Everything the database knows but sessions: what a refused request must not have touched."""
    return hashlib.sha256(repr([rows(model) for model in tables()]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Shop:
    """One row of everything, by model label."""

    rows: dict[str, Any]

    def pk(self, label: str) -> int:
        pk: int = self.rows[label].pk
        return pk


def _again() -> RepeatedBackorder:
    """What the night names, were once on backorder often."""
    causes.suggest_all(at=MONDAY)
    again.count(at=MONDAY, often=1)
    return RepeatedBackorder.objects.order_by("pk")[0]


def _half_paid_back() -> Refund:
    """What is owed for what came back; half of it is paid back."""
    found = Refund.objects.get()
    recording.record(found.pk, found.amount / 2, reference="B-1", by=None, at=MONDAY)
    found.refresh_from_db()
    return found


def _held(thing: Product, place: Warehouse, who: Customer) -> Hold:
    owner = User.objects.get_or_create(username="owner")[0]
    draft = holds.HoldDraft(thing.pk, place.pk, who.pk, 1, in_days(7), "Called about it")
    return holds.hold(draft, by=owner, at=MONDAY)


def _asks(thing: Product) -> RestockRequest:
    """Somebody is on the restock list of a product that is not there."""
    return askers.waiting(thing, 2, email="asker@example.com", channel="shop")


def _written_on(order: Order) -> tuple[Note, Assignment]:
    """A note on an order, which somebody has now."""
    by = User.objects.create_user("nils", is_staff=True)
    notes.write([hanging.key(order)], "Called twice, no answer.", by=by, at=MONDAY)
    assignments.assign([hanging.key(order)], owners.person(by), task="Call again", by=by, at=MONDAY)
    return Note.objects.get(), Assignment.objects.get()


def _kept() -> SavedView:
    """A view of a list that all of a role have."""
    role = owners.role(Group.objects.get(name=roles.CUSTOMER_SERVICE))
    return saved_views.save("Complete", "orders_order", "is_ship_complete__exact=1", owner=role, by=None, at=MONDAY)


def _asked(thing: Product) -> DemandEntry:
    entries.record([entries.Entry("history", "H-1", thing.pk, make.warehouse().pk, TODAY, 3)])
    return DemandEntry.objects.get()


def _mailed(order: PurchaseOrder) -> tuple[PurchaseOrder, OrderLetter]:
    """An order that went to its supplier by mail, as far as its letter."""
    Supplier.objects.update(email="orders@nordlys.example")
    [letter] = writing.send([order.pk], by=None, at=MONDAY)
    Supplier.objects.update(email="")
    return letter.purchase_order, letter


def shop() -> Shop:
    """A small shop in which every list of the admin has something to show."""
    roles.keep()
    lamp, mug = make.product("LAMP-1", name="Oak lamp"), make.product("MUG-1", name="Clay mug")
    berlin, hamburg = make.warehouse("BER"), make.warehouse("HAM", rank=2)
    stock = make.on_hand(lamp, 5)
    make.on_hand(mug, 9, place=hamburg)
    nordlys = buy.supplier()
    offer = buy.offer(lamp, nordlys)
    buy.delivered(offer, 12, units=2)
    sent, letter = _mailed(buy.approved((offer, 30)))
    line = buy.line(sent)
    purchasing.confirm(sent.pk, {line.pk: in_days(10)}, by=None, at=MONDAY)
    slip = purchasing.reschedule(line.pk, in_days(12), reason="Storm", by=None, at=MONDAY)
    draft = buy.draft((offer, 12))
    order = make.order((lamp, 20), reference="SO-1")
    shipped = make.order((mug, 3), reference="SO-2", price=Decimal(12))
    packer = User.objects.get_or_create(username="owner")[0]
    batch, _ = shipping.make(hamburg.pk, [shipped.pk], by=packer, at=MONDAY)
    shipment = shipping.hand_over(batch.pk, by=packer, at=MONDAY).shipments[0]
    parcel = {row.pk: 1 for row in shipment.lines.all()}
    [back] = returns.take_in(shipment.pk, parcel, returns.CameBack(wish=ReturnWish.REFUND), by=None, at=MONDAY)
    refused = make.product("OLD-1", backorder_policy="never")
    with suppress(fulfillment.BackorderLimit):
        make.order((refused, 3), reference="SO-3")
    policy = buy.policy(lamp, 8, 30)
    notice = Notice.objects.get(customer=order.customer)
    Notice.objects.filter(pk=notice.pk).update(state=NoticeState.DEAD, error="550 unknown")
    transfer = transfers.send(
        transfers.TransferDraft(hamburg.pk, berlin.pk, {mug.pk: 3}, in_days(2)), by=None, at=MONDAY
    )
    upload = Upload(kind="products", name="p.csv", mapping={"dates": "", "columns": {}}, uploaded_at=MONDAY)
    upload.file.save("p.csv", ContentFile(b"sku,name\nA-1,Pen\n"))
    (counted,) = sheets.open_sheets(sheets.Wanted(berlin.pk), by=None, at=MONDAY)
    sheets.enter(counted.pk, {lamp.pk: 4}, counted_at=MONDAY, by=None, at=MONDAY)
    alerts.look(at=MONDAY)
    night.keep(at=MONDAY)
    note, turn = _written_on(order)
    return Shop(
        {
            "inventory.alert": Alert.objects.get(kind="undelivered"),
            "inventory.note": note,
            "inventory.assignment": turn,
            "inventory.savedview": _kept(),
            "inventory.product": lamp,
            "inventory.warehouse": berlin,
            "inventory.stock": stock,
            "inventory.movement": lamp.movements.first(),
            "inventory.inbound": buy.expected(sent),
            "inventory.transfer": transfer,
            "inventory.countsheet": counted,
            "inventory.demandevent": DemandEvent.objects.create(name="Sale", starts_on=TODAY, ends_on=TODAY),
            "inventory.reorderpolicy": policy,
            "inventory.policychange": PolicyChange.objects.create(policy=policy, on=TODAY, was=5, now=8, reason="More"),
            "inventory.demandentry": _asked(lamp),
            "inventory.servicetarget": ServiceTarget.objects.get_or_create(cell="AX", defaults={"target": 0.98})[0],
            "orders.customer": order.customer,
            "orders.order": order,
            "orders.backorder": order.lines.get(),
            "orders.notice": notice,
            "orders.shipment": shipment,
            "orders.return": back,
            "orders.batch": batch,
            "orders.parcel": shipment.parcel,
            "orders.channel": Channel.objects.create(name="bank", arrives_unpaid=True),
            "orders.transittime": TransitTime.objects.create(carrier="Royal Mail", days=3),
            "orders.hold": _held(mug, hamburg, order.customer),
            "orders.refund": _half_paid_back(),
            "orders.restockrequest": (asks := _asks(refused)),
            "orders.restocklist": RestockList.objects.get(),
            "orders.repeatedbackorder": _again(),
            "orders.restockletter": asks.letters.get(),
            "orders.refusal": refused.refusals.get(),
            "orders.simulationrun": simulation.run(Strategy.AGE, None, by=None, at=MONDAY),
            "backoffice.lineoutcome": LineOutcome.objects.get(line__order=order),
            "backoffice.orderoutcome": OrderOutcome.objects.get(order=order),
            "backoffice.arrivalforecast": ArrivalForecast.objects.get(inbound=buy.expected(sent)),
            "backoffice.weeklyfigure": WeeklyFigure.objects.filter(figure="fill").first(),
            "suppliers.supplier": nordlys,
            "suppliers.offer": offer,
            "suppliers.purchaseorder": draft,
            "suppliers.sent": sent,
            "suppliers.slip": slip,
            "suppliers.orderletter": letter,
            "suppliers.delivery": offer.deliveries.get(),
            "backoffice.jobrun": JobRun.objects.create(
                job="nightly", business_date=TODAY, started_at=MONDAY, finished_at=MONDAY, progress=100
            ),
            "backoffice.upload": upload,
            "backoffice.columnmapping": ColumnMapping.objects.create(
                kind="products",
                name="Till",
                header_key="till",
                headers=["Code", "Title"],
                columns={"Code": "sku"},
                used_at=MONDAY,
            ),
            "auth.user": User.objects.create_user("somebody"),
            "auth.group": Group.objects.get(name=roles.AUDITOR),
        }
    )
