"""
The navigation at the left: what a person may open, in the groups people think in.

An entry is a model of the admin, or a view of ours by URL name with the permission it needs. What is registered
and not named here is listed at the end of its app's group, so that nothing is out of reach.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from backoffice import kpi
from backoffice.watching import alerts
from inventory.ground.sql import paging
from orders.waiting_list import asking


@dataclass(frozen=True, slots=True)
class Destination:
    """
    A place to go.

    :ivar target: "orders.order", or a URL name
    :ivar count: what ``kpi.attention`` calls its flag
    :ivar hint: what its number says, and of one ``one``
    :ivar key: the letter that leads there after g
    :ivar only_with: the flag without which it is left out: nobody has any use for it
    """

    label: str
    target: str
    query: str = ""
    count: str = ""
    hint: str = ""
    one: str = ""
    permission: str = ""
    key: str = ""
    only_with: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str
    count: str = ""
    hint: str = ""
    key: str = ""
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class MenuSection:
    label: str
    links: tuple[Link, ...]


GROUPS: tuple[tuple[str, tuple[str, ...], tuple[Destination, ...]], ...] = (
    (
        "To decide",
        (),
        (
            Destination(
                "Alerts",
                "inventory.alert",
                key="a",
                count="alerts",
                hint="alerts wait for a person",
                one="alert waits for a person",
            ),
            Destination("Working list", "admin:working_list", permission="inventory.view_alert", key="w"),
        ),
    ),
    (
        "Orders",
        ("orders",),
        (
            Destination(
                "Backorders",
                "orders.backorder",
                key="b",
                count="decide",
                hint="lines need a decision",
                one="line needs a decision",
            ),
            Destination("Orders", "orders.order", key="o"),
            Destination("Customers", "orders.customer", key="c"),
            Destination(
                "Notices",
                "orders.notice",
                key="n",
                count="notices",
                hint="notices were not delivered",
                one="notice was not delivered",
            ),
            Destination(
                "Calls to make",
                "orders.notice",
                key="l",
                query=f"?{kpi.CALLS}",
                count="calls",
                hint="customers without an e-mail address wait for news",
                one="customer without an e-mail address waits for news",
            ),
            Destination("Shipping desk", "admin:shipping_desk", permission="orders.ship_order", key="h"),
            Destination("Batches", "orders.batch"),
            Destination("Shipments", "orders.shipment"),
            Destination("Returns", "orders.return"),
            Destination("Holds", "orders.hold"),
            Destination(
                "Refunds due",
                "orders.refund",
                query="?is=open",
                count="refunds",
                hint="refunds are still to be paid back",
                one="refund is still to be paid back",
            ),
            Destination("Restock lists", "orders.restocklist", only_with="asking"),
            Destination("Restock requests", "orders.restockrequest", only_with="asking"),
            Destination("Restock mails", "orders.restockletter", only_with="asking"),
            Destination("Refusals", "orders.refusal"),
            Destination("Channels", "orders.channel"),
            Destination("Transit times", "orders.transittime"),
        ),
    ),
    (
        "Inventory",
        ("inventory",),
        (
            Destination("Products", "inventory.product", key="r"),
            Destination(
                "About to run out",
                "inventory.reorderpolicy",
                query="?runs_out=likely",
                count="out",
                hint="SKUs are about to run out",
                one="SKU is about to run out",
            ),
            Destination("Reorder points", "inventory.reorderpolicy"),
            Destination("Service targets", "inventory.servicetarget"),
            Destination("Stock", "inventory.stock", key="s"),
            Destination("Count sheets", "inventory.countsheet"),
            Destination("Inbound", "inventory.inbound", key="e"),
            Destination("Transfers", "inventory.transfer"),
            Destination("Movements", "inventory.movement"),
            Destination("Demand events", "inventory.demandevent"),
            Destination("Demand", "inventory.demandentry"),
            Destination("Warehouses", "inventory.warehouse"),
        ),
    ),
    (
        "Buying",
        ("suppliers",),
        (
            Destination(
                "Proposals",
                "suppliers.purchaseorder",
                key="d",
                query="?is=draft",
                count="drafts",
                hint="drafts wait for approval",
                one="draft waits for approval",
            ),
            Destination("Order today", "admin:order_today", permission="suppliers.view_purchaseorder", key="y"),
            Destination("Purchase orders", "suppliers.purchaseorder", key="p"),
            Destination("Letters to suppliers", "suppliers.orderletter"),
            Destination("Slips", "suppliers.slip"),
            Destination("Suppliers", "suppliers.supplier", key="u"),
            Destination("Offers", "suppliers.offer"),
        ),
    ),
    (
        "Running",
        ("backoffice", "auth"),
        (
            Destination("Figures", "admin:figures", permission="backoffice.view_weeklyfigure", key="m"),
            Destination("Nights", "backoffice.jobrun"),
            Destination("Files", "backoffice.upload", key="f"),
            Destination("Mappings of columns", "backoffice.columnmapping"),
            Destination("People", "auth.user"),
            Destination("Groups", "auth.group"),
        ),
    ),
)


def navigation(request: HttpRequest, apps: Iterable[Any], *, at: datetime) -> list[MenuSection]:
    """
    Give the groups with the links this person may follow; groups without any are left out.

    :param apps: the admin's list of apps and models, which holds only what the person may see
    """
    allowed = dict(_allowed(apps))
    flags = kpi.attention(at=at) if allowed else {}
    flags |= {"alerts": sum(flags.get(alerts.flag(kind), 0) for kind in alerts.seen_by(request.user))}
    flags["asking"] = flags.get("asking", 0) or int(asking.is_open())
    named = {entry.target for _, _, entries in GROUPS for entry in entries}
    groups = []
    for label, labels, entries in GROUPS:
        wanted = [entry for entry in entries if not entry.only_with or flags.get(entry.only_with)]
        links = [_link(entry, allowed, flags, request) for entry in wanted]
        rest = [
            Link(name, url)
            for target, (name, url) in allowed.items()
            if target not in named and target.partition(".")[0] in labels
        ]
        groups.append(MenuSection(label, tuple(link for link in (*links, *rest) if link)))
    return _with_current([group for group in groups if group.links], request)


def _allowed(apps: Iterable[Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Label and address of each model this person may see, by "app.model"."""
    for app in apps:
        for model in app["models"]:
            if model["admin_url"]:
                yield f"{app['app_label']}.{model['model']._meta.model_name}", (str(model["name"]), model["admin_url"])


def _link(
    entry: Destination, allowed: dict[str, tuple[str, str]], flags: dict[str, int], request: HttpRequest
) -> Link | None:
    if entry.permission:
        may = isinstance(request.user, User) and request.user.has_perm(entry.permission)
        url = _address(entry.target) if may else ""
    else:
        url = allowed.get(entry.target, ("", ""))[1]
    count = flags.get(entry.count, 0)
    hint = entry.one if count == 1 else entry.hint
    return (
        Link(entry.label, url + entry.query, paging.in_words(count) if count else "", hint, entry.key) if url else None
    )


def _with_current(groups: list[MenuSection], request: HttpRequest) -> list[MenuSection]:
    """
    Mark the one link that leads here: of those to this list the one that asks for most of what is asked of it, else
    the list this page belongs to, whole if the navigation leads there.
    """
    asked = set(request.GET.items())
    urls = [link.url for group in groups for link in group.links]
    fitting = {url: set(parse_qsl(urlsplit(url).query)) for url in urls if urlsplit(url).path == request.path}
    here = sorted((url for url, part in fitting.items() if part <= asked), key=lambda url: len(fitting[url]))
    above = sorted((url for url in urls if request.path.startswith(urlsplit(url).path)), key=_closeness)
    found = [*above, *here][-1:]
    return [
        replace(group, links=tuple(replace(link, is_current=link.url in found) for link in group.links))
        for group in groups
    ]


def _closeness(url: str) -> tuple[int, int]:
    """How near a list above a page is to it; of one address what asks for less comes nearer."""
    parts = urlsplit(url)
    return len(parts.path), -len(parts.query)


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
