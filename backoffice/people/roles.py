"""
The groups and what each may do. The only writer of their permissions: made again after every migration, exactly so.

A shop that wants other rights makes a group of its own; these four are what the product promises.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models.signals import post_migrate

OPERATIONS = "Operations"
CUSTOMER_SERVICE = "Customer service"
BUYER = "Buyer"
AUDITOR = "Auditor"
DESK = ("solve_alert", "give_alert", "write_note", "assign_row")
MAPPINGS = ("change_columnmapping", "delete_columnmapping")
APPS = ("inventory", "orders", "suppliers", "backoffice")
IN_WORDS: Mapping[str, str] = {
    OPERATIONS: "Sees everything. Counts, receives and ships, takes in what comes back; takes orders, gives dates, "
    "priorities and places in the queue; loads files and runs the night.",
    CUSTOMER_SERVICE: "Sees orders, customers, stock and what is on its way. Takes, changes and cancels orders, gives "
    "dates, keeps units for somebody, sends mails again, says what was paid back.",
    BUYER: "Sees everything. Keeps suppliers and offers, approves and sends purchase orders, sets reorder points; "
    "loads files and runs the night.",
    AUDITOR: "Sees everything and takes the queue as a file. Changes nothing.",
}
"""What people of each group do, as it is said to who puts somebody into one."""


def sight(*labels: str) -> set[str]:
    """Name the permissions to look at every model of these apps, or at single models ("inventory.stock")."""
    found: set[str] = set()
    for label in labels:
        app, _, model = label.partition(".")
        models = [apps.get_model(app, model)] if model else list(apps.get_app_config(app).get_models())
        found |= {f"{app}.view_{each._meta.model_name}" for each in models if "view" in each._meta.default_permissions}
    return found


def _may(app: str, *codenames: str) -> set[str]:
    return {f"{app}.{codename}" for codename in codenames}


def _lines(*verbs: str) -> set[str]:
    """What may be done to the lines of orders."""
    return {f"orders.{verb}_orderline" for verb in verbs}


def _edits(app: str, *models: str) -> set[str]:
    return {f"{app}.{verb}_{model}" for model in models for verb in ("add", "change")}


def roles() -> Mapping[str, set[str]]:
    """Give the permissions of each group, as "app.codename"."""
    everything = sight(*APPS)
    return {
        OPERATIONS: everything
        | _edits("inventory", "product", "warehouse")
        | _may("inventory", "add_countsheet")
        | _may(
            "inventory",
            "count_stock",
            "adjust_stock",
            "receive_inbound",
            "unreceive_inbound",
            "decide_surplus",
            "reschedule_inbound",
            "add_transfer",
            *DESK,
        )
        | _edits("orders", "customer", "channel", "transittime")
        | _may(
            "orders",
            "delete_transittime",
            "add_order",
            "join_customer",
            "ship_order",
            "return_shipment",
            "lose_shipment",
            "reverse_shipment",
            "correct_shipment",
            "amend_order",
            "stop_order",
            "link_order",
            "pay_order",
            "record_refund",
            "resend_notice",
            "call_notice",
            "add_hold",
            "release_hold",
            "offer_restocklist",
            "forget_restockrequest",
        )
        | _lines("redate", "release", "prioritize", "move", "pin", "cancel", "amend", "substitute", "explain", "export")
        | _may("orders", "add_simulationrun", "apply_simulationrun")
        | _may("backoffice", "start_jobrun", "add_upload", "change_upload", *MAPPINGS),
        CUSTOMER_SERVICE: sight(
            "orders",
            "inventory.alert",
            "inventory.product",
            "inventory.warehouse",
            "inventory.stock",
            "inventory.inbound",
        )
        | _may("inventory", "reschedule_inbound", *DESK)
        | _edits("orders", "customer")
        | _may(
            "orders",
            "add_order",
            "lose_shipment",
            "amend_order",
            "stop_order",
            "link_order",
            "correct_shipment",
            "pay_order",
            "record_refund",
            "join_customer",
            "resend_notice",
            "call_notice",
            "add_hold",
            "release_hold",
            "forget_restockrequest",
        )
        | _lines("redate", "release", "cancel", "amend", "substitute", "explain", "export"),
        BUYER: everything
        | _edits("inventory", "product", "demandevent")
        | _may(
            "inventory",
            "delete_demandevent",
            "change_reorderpolicy",
            "change_servicetarget",
            "mark_demandentry",
            "reschedule_inbound",
            "decide_surplus",
            "add_transfer",
            *DESK,
        )
        | _edits("suppliers", "supplier", "offer", "closure", "pricebreak", "purchaseorder")
        | _may("suppliers", "delete_closure", "delete_pricebreak", "approve_purchaseorder")
        | _lines("explain", "export")
        | _may("backoffice", "start_jobrun", "add_upload", "change_upload", *MAPPINGS),
        AUDITOR: everything | _may("orders", "export_orderline"),
    }


def in_words(group: Group) -> str:
    """Say what people of a group may do; of one that the shop has made, that it is its own."""
    return IN_WORDS.get(group.name, "A role that you have made yourselves.")


@transaction.atomic
def keep() -> None:
    """Make the groups, or bring them back to what they may do. Safe to run twice."""
    known = {
        f"{app}.{codename}": pk
        for pk, app, codename in Permission.objects.values_list("pk", "content_type__app_label", "codename")
    }
    for name, wanted in roles().items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set(_ids(wanted, known))


def _ids(wanted: Iterable[str], known: Mapping[str, int]) -> list[int]:
    return [known[permission] for permission in sorted(wanted) if permission in known]


def after_migrate(sender: Any, **kwargs: Any) -> None:
    keep()


def connect(sender: Any) -> None:
    """``post_migrate`` of the last app: by then every permission exists."""
    post_migrate.connect(after_migrate, sender=sender, dispatch_uid="backoffice.people.roles")
