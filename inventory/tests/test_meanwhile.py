"""What was done since a page was opened, in words, and what its form says now where it has changed."""

from datetime import timedelta

import pytest
from django import forms
from django.contrib.auth.models import User
from django.urls import reverse

from inventory.admin.stock import CountStock
from inventory.desk.pages import _said
from inventory.models import BackorderPolicy, Movement, MovementKind, Warehouse
from inventory.notebook import meanwhile
from inventory.notebook.meanwhile import Deed
from inventory.supply import stock
from inventory.tests import make

LATER = make.MONDAY + timedelta(hours=1)
INES, MAX = User(pk=1, username="ines", first_name="Ines"), User(pk=2, username="max")


def deed(minutes, by, words):
    return Deed(LATER + timedelta(minutes=minutes), by, words)


def test_what_people_did_is_told_from_the_oldest_on_each_once_and_no_more_than_three():
    done = [deed(0, INES, "a"), deed(3, MAX, "d."), deed(1, INES, "b"), deed(2, None, " c: "), deed(3, MAX, "d.")]

    assert meanwhile.told(done, me=User(pk=3)) == "Meanwhile Ines: “b”; “c”; max: “d”."
    assert meanwhile.told(done[:1], me=INES) == "Meanwhile you, on another page: “a”."
    assert meanwhile.told([], me=INES) == ""


@pytest.mark.django_db
def test_of_no_shelves_nothing_is_told_though_others_moved():
    shelf = make.on_hand(make.product("LAMP"), 8)
    taken = stock.Post(shelf.product_id, shelf.warehouse_id, -1, MovementKind.DAMAGE, "Wet")
    stock.adjust([taken], by=None, at=LATER)

    assert list(CountStock().meanwhile([], LATER)) == []
    assert [each.words for each in CountStock().meanwhile([shelf], LATER)] == ["LAMP in BER: -1, damage or loss"]
    assert list(meanwhile.logged([], LATER)) == []


@pytest.mark.django_db
def test_of_two_shelves_only_their_own_movements_are_told():
    thing, other = make.product("LAMP"), make.product("MUG")
    here = make.on_hand(thing, 8)
    make.on_hand(thing, 8, place=make.warehouse("HAM"), at=LATER)
    make.on_hand(other, 8, at=LATER)
    assert Movement.objects.filter(at=LATER).count() == 2

    assert list(CountStock().meanwhile([here], LATER)) == []


# --- What a field says ------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_row_that_may_be_chosen_no_more_is_said_by_its_name():
    closed = make.warehouse("HAM", is_open=False)
    form = forms.Form()
    form.fields["place"] = forms.ModelChoiceField(Warehouse.objects.filter(is_open=True))

    for value, words in ((closed.pk, "HAM"), (closed, "HAM"), (None, "empty"), (closed.pk + 1, "empty")):
        form.initial = {"place": value}
        assert _said(form, "place") == words


@pytest.mark.django_db
def test_several_rows_are_each_said_by_their_names():
    places = [make.warehouse("BER"), make.warehouse("HAM", is_open=False)]
    form = forms.Form()
    form.fields["places"] = forms.ModelMultipleChoiceField(Warehouse.objects.filter(is_open=True))

    for value in (places, [each.pk for each in places], Warehouse.objects.order_by("pk")):
        form.initial = {"places": value}
        assert _said(form, "places") == f"{places[0]}, {places[1]}"
    form.initial = {"places": Warehouse.objects.none()}
    assert _said(form, "places") == "empty"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        (forms.BooleanField(), True, "ticked"),
        (forms.BooleanField(), False, "not ticked"),
        (forms.CharField(), "", "empty"),
        (forms.CharField(), None, "empty"),
        (forms.CharField(), "Ash", "Ash"),
        (forms.IntegerField(), 0, "0"),
        (forms.ChoiceField(choices=BackorderPolicy.choices), "never", "Never: sell only what is here"),
        (forms.ChoiceField(choices=BackorderPolicy.choices), "gone", "gone"),
        (forms.DateField(), make.TODAY, "2026-03-02"),
    ],
)
def test_a_field_says_what_its_page_shows(field, value, words):
    form = forms.Form(initial={"it": value})
    form.fields["it"] = field

    assert _said(form, "it") == words


# --- How wide a number is ---------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("page", "field", "most"),
    [
        ("inventory_product_add", "backorder_limit", 2**31 - 1),
        ("inventory_product_add", "covered_days", 3650),
        ("inventory_warehouse_add", "rank", 2**15 - 1),
    ],
)
def test_a_whole_number_is_asked_in_a_field_of_its_width_and_up_to_what_it_may_be(admin_client, page, field, most):
    form = admin_client.get(reverse(f"admin:{page}")).context["adminform"].form

    attributes = form.fields[field].widget.attrs
    assert (attributes["class"], attributes["max"], form.fields[field].max_value) == ("vIntegerField", most, most)
