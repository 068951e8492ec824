"""Each group against each address, each way of asking and each action of the admin: the whole table."""

from collections.abc import Iterator

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, reverse

from backoffice import urls
from backoffice.people import roles
from backoffice.people.roles import AUDITOR, BUYER, CUSTOMER_SERVICE, OPERATIONS
from backoffice.tests import people
from inventory.tests.hands import read_out

GROUPS = {"O": OPERATIONS, "C": CUSTOMER_SERVICE, "B": BUYER, "A": AUDITOR}
MODELS = {
    # label: who may look, add, change, delete
    "inventory.alert": ("OCBA", "", "", ""),
    "inventory.product": ("OCBA", "OB", "OB", ""),
    "inventory.warehouse": ("OCBA", "O", "O", ""),
    "inventory.stock": ("OCBA", "", "", ""),
    "inventory.movement": ("OBA", "", "", ""),
    "inventory.inbound": ("OCBA", "O", "", ""),
    "inventory.transfer": ("OBA", "OB", "", ""),
    "inventory.countsheet": ("OBA", "O", "", ""),
    "inventory.demandevent": ("OBA", "B", "B", "B"),
    "inventory.demandentry": ("OBA", "", "", ""),
    "inventory.reorderpolicy": ("OBA", "", "B", ""),
    "inventory.policychange": ("OBA", "", "", ""),
    "inventory.servicetarget": ("OBA", "", "B", ""),
    "orders.customer": ("OCBA", "OC", "OC", ""),
    "orders.order": ("OCBA", "OC", "", ""),
    "orders.backorder": ("OCBA", "", "", ""),
    "orders.channel": ("OCBA", "O", "O", ""),
    "orders.transittime": ("OCBA", "O", "O", "O"),
    "orders.notice": ("OCBA", "", "", ""),
    "orders.shipment": ("OCBA", "", "", ""),
    "orders.return": ("OCBA", "", "", ""),
    "orders.batch": ("OCBA", "", "", ""),
    "orders.hold": ("OCBA", "OC", "", ""),
    "orders.refund": ("OCBA", "", "", ""),
    "orders.repeatedbackorder": ("OCBA", "", "", ""),
    "orders.restocklist": ("OCBA", "", "", ""),
    "orders.restockrequest": ("OCBA", "", "", ""),
    "orders.restockletter": ("OCBA", "", "", ""),
    "orders.refusal": ("OCBA", "", "", ""),
    "orders.simulationrun": ("OCBA", "O", "", ""),
    "suppliers.supplier": ("OBA", "B", "B", ""),
    "suppliers.offer": ("OBA", "B", "B", ""),
    "suppliers.purchaseorder": ("OBA", "B", "B", ""),
    "suppliers.slip": ("OBA", "", "", ""),
    "suppliers.orderletter": ("OBA", "", "", ""),
    "suppliers.delivery": ("OBA", "", "", ""),
    "backoffice.jobrun": ("OBA", "", "", ""),
    "backoffice.arrivalforecast": ("OBA", "", "", ""),
    "backoffice.lineoutcome": ("OBA", "", "", ""),
    "backoffice.orderoutcome": ("OBA", "", "", ""),
    "backoffice.weeklyfigure": ("OBA", "", "", ""),
    "backoffice.upload": ("OBA", "OB", "", ""),
    "backoffice.columnmapping": ("OBA", "", "OB", "OB"),
    "auth.user": ("", "", "", ""),
    "auth.group": ("", "", "", ""),
}
VIEWS = {
    # a view of our own: the row it is about, who may
    "inventory_alert_take": ("inventory.alert", "OCB"),
    "inventory_alert_let_go": ("inventory.alert", "OCB"),
    "inventory_alert_solve": ("inventory.alert", "OCB"),
    "inventory_alert_give": ("inventory.alert", "OCB"),
    "inventory_stock_count": ("inventory.stock", "O"),
    "inventory_stock_damage": ("inventory.stock", "O"),
    "orders_shipment_return": ("orders.shipment", "O"),
    "orders_shipment_lost": ("orders.shipment", "OC"),
    "orders_shipment_found": ("orders.shipment", "O"),
    "orders_shipment_reverse": ("orders.shipment", "O"),
    "orders_return_decide": ("orders.return", "O"),
    "inventory_stock_bins": ("inventory.stock", "O"),
    "inventory_countsheet_enter": ("inventory.countsheet", "O"),
    "inventory_countsheet_walk": ("inventory.countsheet", "O"),
    "inventory_countsheet_post": ("inventory.countsheet", "O"),
    "inventory_countsheet_drop": ("inventory.countsheet", "O"),
    "inventory_countsheet_print": ("inventory.countsheet", "OBA"),
    "inventory_countsheet_pdf": ("inventory.countsheet", "OBA"),
    "inventory_warehouse_working_days": ("inventory.warehouse", "O"),
    "inventory_warehouse_close_for": ("inventory.warehouse", "O"),
    "inventory_warehouse_work_after_all": ("inventory.warehouse", "O"),
    "suppliers_supplier_close_for": ("suppliers.supplier", "B"),
    "suppliers_supplier_open_after_all": ("suppliers.supplier", "B"),
    "inventory_demandentry_one_off": ("inventory.demandentry", "B"),
    "inventory_demandentry_count_again": ("inventory.demandentry", "B"),
    "inventory_product_whatif": ("inventory.product", "OBA"),
    "orders_order_ship": ("orders.order", "O"),
    "orders_shipment_correct": ("orders.shipment", "OC"),
    "orders_batch_hand_over": ("orders.batch", "O"),
    "orders_batch_put_away": ("orders.batch", "O"),
    "orders_batch_labels": ("orders.batch", "O"),
    "orders_batch_numbers": ("orders.batch", "O"),
    "orders_batch_papers": ("orders.batch", "O"),
    "orders_batch_pick_list": ("orders.batch", "O"),
    "orders_batch_slips": ("orders.batch", "O"),
    "orders_parcel_split": ("orders.parcel", "O"),
    "orders_parcel_stop": ("orders.parcel", "O"),
    "orders_parcel_back": ("orders.parcel", "O"),
    "shipping_desk": ("", "O"),
    "orders_order_address": ("orders.order", "OC"),
    "orders_order_product": ("orders.order", "OC"),
    "orders_order_terms": ("orders.order", "OC"),
    "orders_order_pay": ("orders.order", "OC"),
    "orders_order_stop": ("orders.order", "OC"),
    "orders_order_go_on": ("orders.order", "OC"),
    "orders_order_withdraw": ("orders.order", "OC"),
    "orders_customer_edit": ("orders.customer", "OC"),
    "orders_customer_join": ("orders.customer", "OC"),
    "orders_refund_paid_back": ("orders.refund", "OC"),
    "orders_refund_not_owed": ("orders.refund", "OC"),
    "orders_refund_take_back": ("orders.refund", "OC"),
    "orders_hold_release": ("orders.hold", "OC"),
    "orders_restocklist_send_now": ("orders.restocklist", "O"),
    "orders_restocklist_stop": ("orders.restocklist", "O"),
    "orders_restocklist_go_on": ("orders.restocklist", "O"),
    "orders_restockrequest_forget": ("orders.restockrequest", "OC"),
    "orders_restockrequest_kept": ("orders.restockrequest", "OC"),
    "orders_notice_resend": ("orders.notice", "OC"),
    "orders_notice_called": ("orders.notice", "OC"),
    "orders_notice_mail": ("orders.notice", "OCBA"),
    "orders_backorder_new_date": ("orders.backorder", "OC"),
    "orders_backorder_release": ("orders.backorder", "OC"),
    "orders_backorder_priority": ("orders.backorder", "O"),
    "orders_backorder_move_up": ("orders.backorder", "O"),
    "orders_backorder_pin": ("orders.backorder", "O"),
    "orders_backorder_unpin": ("orders.backorder", "O"),
    "orders_backorder_quantity": ("orders.backorder", "OC"),
    "orders_backorder_substitute": ("orders.backorder", "OC"),
    "orders_backorder_offer": ("orders.backorder", "OC"),
    "orders_backorder_cancel": ("orders.backorder", "OC"),
    "orders_backorder_cause": ("orders.backorder", "OCB"),
    "orders_backorder_undo": ("", "OC"),
    "orders_backorder_carry": ("orders.backorder", "OB"),
    "orders_backorder_export": ("", "OCBA"),
    "orders_simulationrun_apply": ("orders.simulationrun", "O"),
    "suppliers_purchaseorder_approve": ("suppliers.purchaseorder", "B"),
    "suppliers_purchaseorder_send": ("suppliers.purchaseorder", "B"),
    "suppliers_purchaseorder_send_again": ("suppliers.sent", "B"),
    "suppliers_purchaseorder_shorten": ("suppliers.sent", "B"),
    "suppliers_purchaseorder_ask": ("suppliers.sent", "B"),
    "suppliers_purchaseorder_they_left": ("suppliers.sent", "B"),
    "suppliers_purchaseorder_by_hand": ("suppliers.purchaseorder", "B"),
    "suppliers_purchaseorder_paper": ("suppliers.purchaseorder", "OBA"),
    "suppliers_orderletter_attached": ("suppliers.orderletter", "OBA"),
    "suppliers_purchaseorder_confirm": ("suppliers.sent", "B"),
    "suppliers_purchaseorder_cancel": ("suppliers.purchaseorder", "B"),
    "inventory_transfer_available": ("", "OB"),
    "inventory_inbound_decide": ("inventory.inbound", "OB"),
    "suppliers_purchaseorder_another": ("suppliers.sent", "O"),
    "receive_purchase_order": ("suppliers.sent", "O"),
    "receive_transfer": ("inventory.transfer", "O"),
    "receive_inbound": ("inventory.inbound", "O"),
    "unreceive_inbound": ("inventory.inbound", "O"),
    "unreceive_transfer": ("inventory.transfer", "O"),
    "unreceive_purchase_order": ("suppliers.sent", "O"),
    "reschedule_inbound": ("inventory.inbound", "OCB"),
    "confirm_in_parts": ("inventory.inbound", "B"),
    "reschedule_all": ("inventory.inbound", "OCB"),
    "reschedule_purchase_order": ("suppliers.sent", "OCB"),
    "order_today": ("", "OBA"),
    "working_list": ("", "OCBA"),
    "figures": ("", "OBA"),
    "order_product": ("inventory.product", "B"),
    "inbound_order": ("inventory.inbound", "OCBA"),
    "backoffice_jobrun_start": ("", "OB"),
    "backoffice_upload_preview": ("backoffice.upload", "OB"),
    "backoffice_upload_columns": ("backoffice.upload", "OB"),
    "backoffice_upload_reading": ("backoffice.upload", "OB"),
    "auth_user_link": ("auth.user", ""),
    "note_write": ("orders.order", "OCB"),
    "assign_rows": ("orders.order", "OCB"),
    "row_follow": ("orders.order", "OCBA"),
    "row_leave": ("orders.order", "OCBA"),
    "note_names": ("orders.order", "OCBA"),
    "note_reword": ("inventory.note", "OCB"),
    "note_pin": ("inventory.note", "OCB"),
    "note_remove": ("inventory.note", "OCB"),
    "assignment_done": ("inventory.assignment", "OCB"),
    "list_export": ("", "OBA"),
    "view_keep": ("", "OCBA"),
    "view_change": ("inventory.savedview", "C"),
    "view_remove": ("inventory.savedview", "C"),
}
FOR_EVERYBODY = {
    "index", "login", "logout", "password_change", "password_change_done", "autocomplete", "jsi18n", "view_on_site",
    "app_list", "jump", "mail_reports", "welcome", "own_time", "order_page", "order_page_act",
    "restock", "restock_ask", "restock_confirm", "restock_leave",
    "inbox",
}  # fmt: skip
ACTIONS = {
    "inventory.alert": {"take": "OCB", "let_go": "OCB", "solve": "OCB", "give": "OCB", "note": "OCB"},
    "inventory.product": {"note": "OCB", "give": "OCB"},
    "orders.customer": {"note": "OCB", "give": "OCB"},
    "suppliers.supplier": {"note": "OCB", "give": "OCB"},
    "inventory.stock": {"count": "O", "damage": "O", "bins": "O"},
    "inventory.demandentry": {"one_off": "B", "count_again": "B"},
    "orders.order": {"ship": "O", "pick": "O", "pay": "OC", "cancel": "OC", "note": "OCB", "give": "OCB"},
    "orders.hold": {"release": "OC"},
    "orders.refund": {"paid_back": "OC", "not_owed": "OC"},
    "orders.restocklist": {"stop": "O", "go_on": "O"},
    "orders.restockrequest": {"forget": "OC"},
    "orders.notice": {"resend": "OC", "called": "OC"},
    "orders.backorder": {
        "new_date": "OC",
        "release": "OC",
        "priority": "O",
        "move_up": "O",
        "pin": "O",
        "unpin": "O",
        "quantity": "OC",
        "substitute": "OC",
        "offer": "OC",
        "cancel": "OC",
        "cause": "OCB",
        "export": "OCBA",
        "note": "OCB",
        "give": "OCB",
    },
    "suppliers.purchaseorder": {
        "approve": "B",
        "send": "B",
        "by_hand": "B",
        "send_again": "B",
        "ask": "B",
        "they_left": "B",
        "note": "OCB",
        "give": "OCB",
    },
}
BY_ADDRESS = {
    "orders_backorder_export": ["csv"],
    "note_write": ["orders.order"],
    "assign_rows": ["orders.order"],
    "row_follow": ["orders.order"],
    "row_leave": ["orders.order"],
    "note_names": ["orders.order"],
    "list_export": ["suppliers_slip", "csv"],
    "view_keep": ["orders_order"],
}
"""Views whose address carries something else than the row."""

pytestmark = [pytest.mark.django_db, pytest.mark.embedded, pytest.mark.proof]


@pytest.fixture(autouse=True)
def _monday(settings) -> Iterator[None]:
    # the page of a user reads two users: the one who looks, and the one looked at
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    with time_machine.travel(people.MONDAY, tick=False):
        yield


def refuses(client: Client, url: str) -> bool:
    """Whether looking is refused; if it is, sending is refused too and changes nothing."""
    if read_out(client.get(url)).status_code != 403:
        return False
    before = people.fingerprint()
    assert client.post(url).status_code == 403
    assert people.fingerprint() == before
    return True


def address(name: str, shop: people.Shop) -> str:
    label, _ = VIEWS[name]
    if name == "suppliers_orderletter_attached":
        return reverse(f"admin:{name}", args=[shop.pk(label), 0])
    if name in BY_ADDRESS or not label:
        return reverse(f"admin:{name}", args=BY_ADDRESS.get(name, []))
    try:
        return reverse(f"admin:{name}", args=[shop.pk(label)])
    except NoReverseMatch:  # an operation names its rows in the query
        return f"{reverse(f'admin:{name}')}?ids={shop.pk(label)}"


def pages() -> Iterator[tuple[str, str, str]]:
    """Model, kind of page, who may open it."""
    for label, (look, add, _, delete) in MODELS.items():
        yield from (
            (label, "changelist", look),
            (label, "add", add),
            (label, "change", look),
            (label, "delete", delete),
        )


def page(label: str, kind: str, shop: people.Shop) -> str:
    args = [shop.pk(label)] if kind in ("change", "delete") else []
    return reverse(f"admin:{label.replace('.', '_')}_{kind}", args=args)


def test_the_table_names_every_address_of_the_admin():
    registered = {model._meta.label_lower for model in admin.site._registry}
    kinds = {f"{label.replace('.', '_')}_{kind}" for label in registered for kind in (
        "changelist", "add", "change", "delete", "history",
    )}  # fmt: skip
    found = set()

    def walk(patterns):
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                walk(pattern.url_patterns)
            elif pattern.name:
                found.add(pattern.name)

    walk(urls.urlpatterns)

    assert registered == set(MODELS)
    assert found - kinds - FOR_EVERYBODY - {"auth_user_password_change"} == set(VIEWS)


@pytest.mark.parametrize("initial", GROUPS)
def test_a_group_opens_the_pages_that_are_its_own_and_no_other(initial, shop):
    client = people.browser(GROUPS[initial])

    opened = {(label, kind): client.get(page(label, kind, shop)).status_code == 200 for label, kind, _ in pages()}

    assert opened == {(label, kind): initial in who for label, kind, who in pages()}


@pytest.mark.parametrize("initial", GROUPS)
def test_what_a_group_may_not_add_change_or_delete_stays_as_it_is(initial, shop):
    client = people.browser(GROUPS[initial])
    sendable = {
        (label, kind): who
        for label, (look, add, change, delete) in MODELS.items()
        for kind, who in (("add", add), ("change", change), ("delete", delete))
        if (label, kind) != ("orders.backorder", "change")
    }
    before = people.fingerprint()

    refused = {
        (label, kind)
        for (label, kind), who in sendable.items()
        if initial not in who and client.post(page(label, kind, shop), {"post": "yes"}).status_code == 403
    }

    assert refused == {key for key, who in sendable.items() if initial not in who}
    assert people.fingerprint() == before


@pytest.mark.parametrize("initial", GROUPS)
def test_a_group_reaches_the_views_of_ours_that_are_its_own_and_no_other(initial, shop):
    client = people.browser(GROUPS[initial])

    reached = {name for name in VIEWS if not refuses(client, address(name, shop))}

    assert reached == {name for name, (_, who) in VIEWS.items() if initial in who}


@pytest.mark.parametrize("initial", GROUPS)
def test_a_group_is_offered_the_actions_that_are_its_own_and_no_other(initial, shop):
    request = RequestFactory().get("/")
    request.user = people.person(GROUPS[initial])

    offered = {
        (model._meta.label_lower, name)
        for model, desk in admin.site._registry.items()
        for name in desk.get_actions(request)
    }

    assert offered == {
        (label, name) for label, actions in ACTIONS.items() for name, who in actions.items() if initial in who
    }


@pytest.mark.parametrize("initial", GROUPS)
def test_an_action_that_is_not_offered_does_nothing_when_it_is_sent_all_the_same(initial, shop):
    client = people.browser(GROUPS[initial])
    before = people.fingerprint()

    for label, actions in ACTIONS.items():
        for name, who in actions.items():
            if initial not in who:
                data = {"action": name, "_selected_action": shop.pk(label), "apply": "1", "post": "yes"}
                client.post(page(label, "changelist", shop), data)

    assert people.fingerprint() == before


def test_customer_service_cannot_touch_a_purchase_order(shop):
    client = people.browser(CUSTOMER_SERVICE)
    draft, before = shop.pk("suppliers.purchaseorder"), people.fingerprint()

    codes = {
        client.post(url).status_code
        for url in (
            reverse("admin:suppliers_purchaseorder_change", args=[draft]),
            f"{reverse('admin:suppliers_purchaseorder_approve')}?ids={draft}",
            f"{reverse('admin:suppliers_purchaseorder_cancel')}?ids={draft}",
            reverse("admin:receive_purchase_order", args=[shop.pk("suppliers.sent")]),
        )
    }

    assert codes == {403}
    assert people.fingerprint() == before


def test_an_auditor_holds_nothing_but_sight_and_the_export():
    assert {name for name in roles.roles()[AUDITOR] if ".view_" not in name} == {"orders.export_orderline"}


def test_every_permission_a_group_is_given_exists():
    roles.keep()

    for name, wanted in roles.roles().items():
        held = Group.objects.get(name=name).permissions.values_list("content_type__app_label", "codename")
        assert {f"{app}.{codename}" for app, codename in held} == wanted


def test_a_group_that_somebody_changed_by_hand_is_brought_back():
    group = Group.objects.get(name=AUDITOR)
    group.permissions.clear()

    roles.keep()
    roles.keep()

    assert group.permissions.count() == len(roles.roles()[AUDITOR])
    assert Group.objects.count() == len(GROUPS)


def test_nobody_gets_in_without_logging_in(shop):
    client = Client()

    codes = {client.get(page(label, "changelist", shop)).status_code for label in MODELS}
    codes |= {client.get(address(name, shop)).status_code for name in VIEWS}

    assert codes == {302}
