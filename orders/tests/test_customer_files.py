"""Who an order of a file is for: a corrected address is the same person, a taken one is refused, none at all loads."""

import io

import pytest
from django.core.management import CommandError, call_command

from orders.models import Customer, CustomerKey, Order
from orders.tests import make

pytestmark = pytest.mark.django_db
HEADER = "reference,placed_at,email,customer,customer_id,sku,quantity\n"


@pytest.fixture(autouse=True)
def shop():
    make.warehouse("MAIN")
    make.product("TEE-S")


@pytest.fixture
def load(tmp_path):
    def loaded(*rows: str, header: str = HEADER) -> str:
        path = tmp_path / "orders.csv"
        path.write_text(header + "".join(f"{row},TEE-S,1\n" for row in rows))
        out = io.StringIO()
        call_command("load", "orders", str(path), stdout=out)
        return out.getvalue()

    return loaded


def people():
    return list(Customer.objects.order_by("pk").values_list("name", "email"))


def who_ordered():
    return dict(Order.objects.values_list("reference", "customer__name"))


def test_a_corrected_address_is_the_same_person(load):
    load("1,2026-01-05,kim@exmaple.com,Kim,77")

    told = load("2,2026-01-06,Kim@example.com,Kim,77")

    assert people() == [("Kim", "Kim@example.com")]
    assert who_ordered() == {"1": "Kim", "2": "Kim"}
    assert "Kim is written to at Kim@example.com from now on, not at kim@exmaple.com." in told
    assert list(CustomerKey.objects.values_list("channel", "key")) == [("shop", "77")]
    assert Customer.objects.get().key == "KIM@EXAMPLE.COM"


def test_the_same_order_again_with_the_address_corrected_is_no_other_order(load):
    load("1,2026-01-05,kim@exmaple.com,Kim,77")

    told = load("1,2026-01-05,kim@example.com,Kim,77")

    assert people() == [("Kim", "kim@example.com")]
    assert Order.objects.count() == 1
    assert "1 unchanged" in told


def test_an_older_order_does_not_take_a_newer_address_back(load):
    load("1,2026-01-05,old@example.com,Kim,77", "2,2026-02-05,new@example.com,Kim,77")
    assert people() == [("Kim", "new@example.com")]

    told = load("1,2026-01-05,old@example.com,Kim,77", "0,2026-01-04,older@example.com,Kim,77")

    assert people() == [("Kim", "new@example.com")]
    assert who_ordered() == {"0": "Kim", "1": "Kim", "2": "Kim"}
    assert "from now on" not in told


def test_an_address_that_is_somebody_elses_is_refused_by_name(load):
    load("1,2026-01-05,kim@example.com,Kim,77", "2,2026-01-05,tom@example.com,Tom,78")

    with pytest.raises(CommandError) as refused:
        load("3,2026-01-06,TOM@example.com,Kim,77")

    assert "an address of Kim, who is kim@example.com; this is that of Tom" in str(refused.value)
    assert people() == [("Kim", "kim@example.com"), ("Tom", "tom@example.com")]
    assert Order.objects.count() == 2


def test_two_people_may_not_be_given_one_address_by_one_file(load):
    load("1,2026-01-05,kim@example.com,Kim,77", "2,2026-01-05,tom@example.com,Tom,78")

    with pytest.raises(CommandError, match="this is that of Kim"):
        load("3,2026-01-06,new@example.com,Kim,77", "4,2026-01-07,NEW@example.com,Tom,78")


def test_the_number_is_learned_of_a_customer_who_is_known_by_address(load):
    tom = make.customer("Tom", email="tom@example.com")

    load("1,2026-01-05,TOM@example.com,Thomas,9")
    load("2,2026-01-06,tom@new.example,Thomas,9")

    assert people() == [("Tom", "tom@new.example")]
    assert tom.orders.count() == 2


def test_one_number_in_two_channels_is_two_people(load):
    header = "channel," + HEADER
    load("web,1,2026-01-05,a@example.com,Ann,7", "ebay,1,2026-01-05,b@example.com,Bob,7", header=header)
    load("WEB,2,2026-01-06,ann@example.com,Ann,7", header=header)

    assert people() == [("Ann", "ann@example.com"), ("Bob", "b@example.com")]


def test_without_number_and_address_each_order_is_for_somebody_of_its_own(load):
    told = load("1,2026-01-05,,Kim,", "2,2026-01-06,,Kim,", "3,2026-01-06,,,0")
    again = load("1,2026-01-05,,Kim,", "2,2026-01-06,,Kim,", "3,2026-01-06,,,0")

    assert people() == [("Kim", ""), ("Kim", ""), ("Customer of 3", "")]
    assert "3 customers have no e-mail address: their news is calls to make." in told
    assert "3 unchanged" in again


def test_with_a_number_and_no_address_two_orders_are_one_persons(load):
    load("1,2026-01-05,,Kim,77", "2,2026-01-06,,Kim,77")

    assert people() == [("Kim", "")]
    assert Order.objects.filter(customer__name="Kim").count() == 2


def test_an_address_that_comes_later_is_added(load):
    load("1,2026-01-05,,Kim,")

    told = load("1,2026-01-05,kim@example.com,Kim,")

    assert people() == [("Kim", "kim@example.com")]
    assert Order.objects.count() == 1
    assert "Kim, who had no address, is written to at kim@example.com from now on." in told


def test_an_order_of_somebody_else_is_another_order(load):
    load("1,2026-01-05,kim@example.com,Kim,77")

    with pytest.raises(CommandError, match="exactly as it was placed"):
        load("1,2026-01-05,tom@example.com,Tom,78")
    assert people() == [("Kim", "kim@example.com")]


def test_a_reference_in_another_case_is_the_same_order(load):
    load("so-1,2026-01-05,kim@example.com,Kim,77")

    assert "1 unchanged" in load("SO-1,2026-01-05,KIM@example.com,Kim,77")
    assert Order.objects.get().reference == "so-1"


HEARS = "reference,placed_at,email,customer,hears,sku,quantity\n"


def test_a_file_says_what_a_new_customer_wants_to_hear(load):
    load(
        "1,2026-01-05,kim@example.com,Kim,only what comes later",
        "2,2026-01-05,ada@example.com,Ada,shipped",
        "3,2026-01-05,tom@example.com,Tom,",
        header=HEARS,
    )

    told = load("4,2026-01-06,kim@example.com,Kim,all", header=HEARS)

    assert "1 new" in told
    assert dict(Customer.objects.values_list("name", "hears")) == {"Kim": "later", "Ada": "shipped", "Tom": "all"}


def test_what_they_want_to_hear_is_asked_for_in_words(load):
    with pytest.raises(CommandError, match="all of it, only what comes later or only what has shipped"):
        load("1,2026-01-05,kim@example.com,Kim,no thanks", header=HEARS)

    assert not Customer.objects.exists()
