"""What the product says where Django would: one catalog for every form, list and door, and it is the one in use."""

import gettext
import re
from pathlib import Path

import pytest
from django import forms
from django.contrib.auth.models import Group, User
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.forms import ValidationError
from django.test import Client
from django.urls import reverse

from backoffice.settings import LOCALE_PATHS
from inventory.models import Product, Warehouse
from inventory.tests import make

[FOLDER] = LOCALE_PATHS
PLACES = re.compile(r"%\(\w+\)[sdr]|%[sd]|\{\w*\}")
STOCK = re.compile(
    r"Please (correct|enter|submit)|Ensure |Select a valid|already exists|Are you sure|successfully|take me back"
    r"|case-sensitive|Enter (a|the)|of \d+ selected|Action:"
)
"""How one knows Django's own words."""


def entries(text: str) -> list[tuple[str, ...]]:
    """Each entry of a catalog as it is written: what Django says, one and many, and what we say."""
    found = []
    for block in text.split("\n\n"):
        words = re.findall(r'^msg(?:id|str)\S* "(.*)"$', block, re.M)
        found += [tuple(each.replace('\\"', '"') for each in words)] if words and words[0] else []
    return found


@pytest.mark.parametrize("name", ["django", "djangojs"])
def test_the_catalog_in_use_is_what_is_written_and_keeps_each_place(name):
    folder = Path(FOLDER, "en", "LC_MESSAGES")
    written = entries((folder / f"{name}.po").read_text())
    with (folder / f"{name}.mo").open("rb") as file:
        used = gettext.GNUTranslations(file)

    for asked, *rest in written:
        if len(rest) == 1:
            assert used.gettext(asked) == rest[0]
        else:
            assert [used.ngettext(asked, rest[0], count) for count in (1, 2)] == rest[1:]
        for said in rest[-1:]:
            assert set(PLACES.findall(said)) <= set(PLACES.findall(asked)), said
    assert len(written) == len({asked for asked, *_ in written})


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        (forms.IntegerField(min_value=1), "0", "That is too little: the least is 1."),
        (forms.IntegerField(max_value=9), "10", "That is too much: the most is 9."),
        (forms.IntegerField(), "ten", "Write a whole number, such as 12."),
        (forms.DecimalField(decimal_places=2), "1.234", "There is room for 2 digits behind the decimal point."),
        (forms.DecimalField(max_digits=3), "1234", "That is too long a number: there is room for 3 digits."),
        (forms.CharField(max_length=3), "four", "That is too long: there is room for 3 characters, and it has 4."),
        (forms.EmailField(), "anna", "This is no e-mail address. Write it like name@example.com."),
        (forms.DateField(), "soon", "This is no day. Write it like 2026-03-31."),
        (forms.ChoiceField(choices=[("a", "A")]), "b", "Choose one of the list. “b” is not in it."),
        (forms.FileField(), None, "This field is required."),
    ],
)
def test_a_field_says_what_it_needs(field, typed, words):
    with pytest.raises(ValidationError) as refused:
        field.clean(typed)

    assert refused.value.messages == [words]


@pytest.mark.parametrize(
    ("check", "value", "words"),
    [
        (MinValueValidator(1), 0, "That is too little: the least is 1."),
        (MaxValueValidator(1), 2, "That is too much: the most is 1."),
        (MaxLengthValidator(1), "ab", "That is too long: there is room for 1 character, and it has 2."),
    ],
)
def test_a_rule_of_a_column_says_it_alike(check, value, words):
    with pytest.raises(ValidationError) as refused:
        check(value)

    assert refused.value.messages == [words]


@pytest.mark.django_db
def test_no_screen_says_it_in_the_words_of_the_framework(client):
    make.product("LAMP-1")
    boss = User.objects.create_superuser("boss", password="x")
    client.force_login(boss)
    nobody = Client()
    product, person = Product.objects.get(), reverse("admin:auth_user_change", args=[boss.pk])
    new = reverse("admin:inventory_product_add")
    typed = {"sku": "LAMP-1", "name": "Lamp", "price": "x", "cost": "-1", "covered_days": "y", "backorder_policy": "z"}

    shown = [
        client.post(new, typed),
        client.post(reverse("admin:inventory_warehouse_add"), {"code": "", "name": "x" * 999}),
        client.get(reverse("admin:inventory_product_changelist")),
        client.post(reverse("admin:inventory_product_changelist"), {"action": "note"}, follow=True),
        client.post(person, {"username": "no such name!", "email": "x"}),
        client.get(reverse("admin:auth_group_delete", args=[_group()])),
        nobody.post(reverse("admin:login"), {"username": "boss", "password": "wrong"}),
        nobody.post(reverse("admin:login"), {}),
    ]

    assert [response.status_code for response in shown] == [200] * len(shown)
    said = {response.request["PATH_INFO"]: STOCK.search(_words(response)) for response in shown}
    assert {path: found[0] for path, found in said.items() if found} == {}
    assert "The fields below say what they need." in _words(shown[0])
    assert "Selected: 0 of 1" in _words(shown[2])
    assert "do not open a door here" in _words(shown[6])
    assert Product.objects.get() == product
    assert not Warehouse.objects.filter(code="").exists()


def test_a_script_says_it_alike(client, admin_client):
    catalog = admin_client.get(reverse("admin:jsi18n")).content.decode()

    assert "Selected: %(sel)s of %(cnt)s" in catalog


def _group() -> int:
    return Group.objects.create(name="Interns").pk


def _words(response) -> str:
    """What a person reads: no markup, and no value that was typed."""
    return " ".join(re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.S).split())
