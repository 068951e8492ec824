"""What staff see of restock lists: nothing while the shop keeps none and nobody is on one."""

import pytest
from django.core.cache import cache

from backoffice.people import roles
from orders.tests import make
from orders.tests.askers import asked

from . import people

pytestmark = pytest.mark.django_db
ENTRIES = ["Restock lists", "Restock requests", "Restock mails"]


def menu(browser):
    cache.clear()
    shown = browser.get("/admin/").context["navigation"]
    return [link.label for group in shown for link in group.links if link.label in ENTRIES]


@pytest.mark.parametrize(
    ("is_on", "is_asked", "entries"),
    [(False, False, []), (True, False, ENTRIES), (False, True, ENTRIES)],
)
def test_the_menu_leads_to_restock_lists_once_there_are_any(settings, is_on, is_asked, entries):
    settings.RESTOCK_LIST, settings.SHOP_ADDRESS = is_on, "Quay 4"
    if is_asked:
        asked(make.product("LAMP"))

    assert menu(people.browser(roles.OPERATIONS)) == entries
