"""The queue as a person of operations sees it in tests: who they are, what is in it, what it shows."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.core.cache import cache

from . import make

QUEUE = "/admin/orders/backorder/"
NOW = make.MONDAY + timedelta(hours=3)
WEDNESDAY = make.TODAY + timedelta(days=2)


@pytest.fixture
def now():
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def staff(client, now):
    """A person of operations, with every permission of the queue."""
    verbs = ("redate", "release", "prioritize", "move", "pin", "cancel", "amend", "substitute")
    client.force_login(person("view", "export", *verbs))
    return client


def person(*actions):
    user = User.objects.create_user("-".join(actions)[:60] or "nobody", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=[f"{name}_orderline" for name in actions]))
    return user


@pytest.fixture
def shop():
    """Two lamps on their way for Lena and Jonas, and three mugs that nobody sends for the café."""
    lamp, mug = make.product("LAMP-30", name="Drum lamp"), make.product("MUG-12", name="Stoneware mug")
    make.coming(lamp, 10, on=make.TODAY + timedelta(days=4), reference="PO-1042", is_confirmed=True)
    lena = make.customer("Lena Ortiz", "lena@example.com")
    cafe = make.customer("Café Ronda", "cafe@example.com")
    long_ago = make.MONDAY - timedelta(days=20)
    return {
        "lena": make.line(lamp, 2, who=lena, reference="SO-1", placed_at=long_ago),
        "jonas": make.line(lamp, 1, who=make.customer("Jonas Weber"), reference="SO-2"),
        "cafe": make.line(mug, 3, who=cafe, reference="SO-3", place=make.warehouse("HAM", rank=2)),
    }


def shown(client, **params):
    response = client.get(QUEUE, params)
    assert response.status_code == 200
    return [row.line.order.reference for row in response.context_data["cl"].rows]


def row_of(client, line, **params):
    rows = client.get(QUEUE, params).context_data["cl"].rows
    return next(row for row in rows if row.line.pk == line.pk)


def act(client, action, *lines, tab="waiting", **values):
    data = {"action": action, "_selected_action": [line.pk for line in lines], **values}
    return client.post(f"{QUEUE}?tab={tab}", data)
