"""A list has one name: in the menu, in the browser's tab, above it and on the way to it."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from backoffice.tests import people

pytestmark = pytest.mark.django_db


@pytest.mark.proof
def test_every_list_is_called_as_the_menu_calls_it(settings):
    settings.ZEAL_ALLOWLIST = [{"model": "*"}]
    people.shop()
    boss = Client()
    boss.force_login(User.objects.create_superuser("boss"))
    menu = boss.get(reverse("admin:index")).context["navigation"]
    found = {}

    for link in (link for group in menu for link in group.links):
        page = boss.get(link.url).content.decode()
        names = re.findall(r"<title>\s*(.*?) · Backoffice</title>|<h1>(.*?)</h1>", page, re.DOTALL)
        found[link.label] = {title or heading for title, heading in names}

    assert len(found) > 30
    assert found == {label: {label} for label in found}
