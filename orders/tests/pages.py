"""A customer with a link: how tests open the page of an order, read it, and decide."""

import re
from typing import Any

from django.apps import apps
from django.test import Client
from django.utils.html import strip_tags

from orders.models import Order
from orders.wording import links

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def address(order: Order, act: str = "") -> str:
    return f"{links.PATH}{links.token(Order.objects.get(pk=order.pk))}/{f'{act}/' if act else ''}"


def look(order: Order, act: str = "", **query: Any) -> Any:
    return Client().get(address(order, act), query)


def text(answer: Any) -> str:
    """What the page says, as one line."""
    body = re.sub(r"<head>.*?</head>", "", answer.content.decode(), flags=re.DOTALL)
    return " ".join(strip_tags(body).replace("&#x27;", "’").split())


def carried(answer: Any) -> dict[str, str]:
    """What a page that asks carries unseen."""
    return dict(HIDDEN.findall(answer.content.decode()))


def preview(order: Order, act: str, **typed: Any) -> Any:
    return Client().post(address(order, act), {**typed, "look": "1"})


def decide(order: Order, act: str, **typed: Any) -> Any:
    """Look at what an act would do, and do it; give the page it leads to."""
    return Client().post(address(order, act), {**carried(preview(order, act, **typed)), "do": "1"}, follow=True)


def database() -> dict[str, list[Any]]:
    """Every row of every table, to be compared."""
    return {
        model._meta.label: sorted(map(repr, model._default_manager.values_list()))
        for model in apps.get_models()
        if model._meta.managed and not model._meta.proxy
    }
