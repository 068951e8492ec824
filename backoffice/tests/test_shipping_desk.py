"""The shipping desk: a batch is printed, its parcels get numbers one way or the other, and are handed over once."""

import io
import re
from base64 import b64decode
from datetime import timedelta

import pytest
import time_machine
import zxingcpp
from django.contrib.auth.models import Permission, User
from django.urls import reverse
from PIL import Image, ImageDraw

from backoffice.tests import acts
from inventory.supply.stock import UnitsPicked
from orders import books, fulfillment, shipping
from orders.models import Batch, Notice, Parcel, Shipment
from orders.tests import make
from orders.tests.make import MONDAY

pytestmark = pytest.mark.django_db
DESK = "admin:shipping_desk"


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def client():
    return acts.boss("max")


def orders_here(count, place=None, **fields):
    lamp = make.product()
    make.on_hand(lamp, count, **({"place": place} if place else {}))
    return [make.order((lamp, 1), **({"place": place} if place else {}), **fields) for _ in range(count)]


def printed(client, **query):
    page = acts.opened(client, acts.Act(reverse(DESK, query=query) if query else reverse(DESK)))
    answer = page.send()
    assert answer.status_code == 302, answer.content.decode()[:500]
    return Batch.objects.order_by("-pk")[0]


def labeled(client, batch, button="save", **typed):
    seen = client.get(reverse("admin:orders_batch_change", args=[batch.pk]))
    fields = {**acts.form_of(seen), **typed, button: "1"}
    return client.post(reverse("admin:orders_batch_labels", args=[batch.pk]), fields)


def handed_over(client, batch, **typed):
    url = f"{reverse('admin:orders_batch_hand_over')}?ids={batch.pk}"
    return acts.opened(client, acts.Act(url, typed, is_previewed=True)).send()


def test_a_batch_is_printed_of_what_was_shown_and_once(client):
    first, second = orders_here(2)
    page = acts.opened(client, acts.Act(reverse(DESK), {"carrier": "UPS", "service": "Ground"}))
    third = orders_here(1)[0]

    answers = [page.send(), page.send()]

    batch = Batch.objects.get()
    assert [answer["Location"] for answer in answers] == [reverse("admin:orders_batch_change", args=[batch.pk])] * 2
    assert [(p.order, p.carrier, p.service) for p in Parcel.objects.order_by("pk")] == [
        (first, "UPS", "Ground"),
        (second, "UPS", "Ground"),
    ]
    assert [each.order for each in shipping.look(make.warehouse().pk, at=MONDAY).leaving] == [third]


def test_two_people_who_print_the_same_make_one_batch(client):
    orders_here(2)
    pages = [acts.opened(who, acts.Act(reverse(DESK))) for who in (client, acts.boss("ines"))]

    answers = [page.send() for page in pages]

    assert [answer.status_code for answer in answers] == [302, 200]
    assert "Nothing of this can leave here now." in answers[1].content.decode()
    assert Batch.objects.count() == 1


def test_a_page_that_is_shown_again_prints_what_it_shows(client):
    """All that it showed was picked by somebody else; what came meanwhile is shown now, and is printed."""
    orders_here(2)
    page = acts.opened(client, acts.Act(reverse(DESK), {"carrier": "UPS"}))
    printed(acts.boss("ines"))
    late = orders_here(1)[0]

    answer = page.send()
    assert str(late) in answer.content.decode()
    acts.Page(client, page.path, acts.form_of(answer)).send()

    assert [(p.order, p.carrier) for p in Batch.objects.order_by("-pk")[0].parcels.all()] == [(late, "UPS")]


def test_the_page_of_a_batch_keeps_what_is_typed_and_says_a_number_twice_beside_it(client):
    one, two = orders_here(2)
    batch = printed(client)
    first, second = Parcel.objects.order_by("pk")

    answer = labeled(
        client, batch, **{f"tracking-{first.pk}": "A1", f"tracking-{second.pk}": "a 1", f"weight-{first.pk}": "1.5"}
    )

    words = answer.content.decode()
    assert f"a 1 is also on {one}." in words
    assert 'value="A1"' in words
    assert Parcel.objects.exclude(tracking="").count() == 0
    labeled(client, batch, **{f"tracking-{first.pk}": "A1", f"tracking-{second.pk}": "A2", f"weight-{first.pk}": "1.5"})
    assert [(p.tracking, str(p.weight)) for p in Parcel.objects.order_by("pk")] == [("A1", "1.500"), ("A2", "None")]
    assert two.parcels.get().tracking == "A2"


def test_handing_over_is_shown_first_and_done_once(client):
    orders_here(3)
    batch = printed(client)
    parcels = list(Parcel.objects.order_by("pk"))
    typed = {f"tracking-{parcel.pk}": f"1Z{number}" for number, parcel in enumerate(parcels)}
    typed[f"is_left_out-{parcels[2].pk}"] = "on"
    answer = labeled(client, batch, "hand_over", **typed)
    assert answer["Location"] == f"{reverse('admin:orders_batch_hand_over')}?ids={batch.pk}"
    page = acts.opened(client, acts.Act(answer["Location"], is_previewed=True))
    other = acts.opened(acts.boss("ines"), acts.Act(answer["Location"], is_previewed=True))

    page.send()
    page.send()
    other.send()

    assert sorted(Shipment.objects.values_list("tracking", flat=True)) == ["1Z0", "1Z1"]
    assert Notice.objects.filter(kind="shipped").count() == 2
    batch.refresh_from_db()
    assert batch.stands
    assert books.broken(at=MONDAY) == []


def test_what_stays_is_shown_before_it_stays(client):
    """Its number left with another parcel after somebody looked: they look again, and read why it stays."""
    one, two = orders_here(2)
    batch = printed(client)
    labeled(client, batch, **{f"tracking-{one.parcels.get().pk}": "1Z1"})
    url = f"{reverse('admin:orders_batch_hand_over')}?ids={batch.pk}"
    page = acts.opened(client, acts.Act(url, is_previewed=True))
    [other] = orders_here(1, reference="HH-9")
    fulfillment.ship_order(other.pk, carrier="UPS", tracking="1Z1", by=None, at=MONDAY)

    answer = page.send()

    assert "Nothing was done: here is what would happen now." in answer.content.decode()
    assert "It has the number 1Z1, with which HH-9 left on 2 March 2026." in answer.content.decode()
    assert two.shipments.count() == 0
    handed_over(client, batch)
    assert [each.order for each in Shipment.objects.order_by("pk")] == [other, two]


def test_a_pasted_column_goes_down_the_parcels(client):
    orders_here(3)
    batch = printed(client)
    url = reverse("admin:orders_batch_numbers", args=[batch.pk])

    acts.opened(client, acts.Act(url, {"column": "1Z 1\n\n1Z3\n"})).send()

    assert [p.tracking for p in Parcel.objects.order_by("pk")] == ["1Z 1", "", "1Z3"]


FILES = {
    "unknown": ("order,tracking\n{0},A\nSO-X,B\n", "Row 3: no parcel in this batch is of an order “SO-X”."),
    "twice": ("order,tracking\n{0},A\n{1},a\n", "Row 3: a stands in row 2 already."),
    "more parcels": ("order,tracking\n{0},A\n{0},B\n", "has 1 parcel here. Make another parcel of it first."),
    "units": ("order,tracking,units\n{0},A,2\n", "Row 2: 2 units of {0}, but 1 lies in its parcel."),
    "no column": ("order,weight\n{0},1\n", "tracking"),
    "empty": ("", "empty"),
}


@pytest.mark.parametrize(("content", "words"), FILES.values(), ids=FILES)
def test_a_carriers_file_with_anything_wrong_writes_nothing(client, content, words):
    one, two = orders_here(2)
    batch = printed(client)
    url = reverse("admin:orders_batch_numbers", args=[batch.pk])
    file = ("numbers.csv", content.format(one, two).encode())

    answer = acts.opened(client, acts.Act(url, {"file": file})).send()

    assert answer.status_code == 200
    assert words.format(one) in answer.content.decode()
    assert Parcel.objects.exclude(tracking="").count() == 0


def test_a_carriers_file_gives_each_parcel_its_number(client):
    one, two = orders_here(2)
    batch = printed(client)
    url = reverse("admin:orders_batch_numbers", args=[batch.pk])
    content = f"Order Number;Tracking Number;Carrier\n{two};B 2;DHL\n{one};A1;\n".encode()

    acts.opened(client, acts.Act(url, {"file": ("numbers.csv", content)})).send()

    assert [(p.order, p.carrier, p.tracking) for p in Parcel.objects.order_by("pk")] == [
        (one, "", "A1"),
        (two, "DHL", "B 2"),
    ]


def test_a_parcel_is_parted_stopped_and_put_back(client):
    lamp = make.product()
    make.on_hand(lamp, 3)
    line = make.line(lamp, 3)
    batch = printed(client)
    [parcel] = Parcel.objects.all()

    acts.opened(
        client, acts.Act(reverse("admin:orders_parcel_split", args=[parcel.pk]), {f"units-{line.pk}": "1"})
    ).send()
    first, second = Parcel.objects.order_by("pk")
    acts.opened(client, acts.Act(reverse("admin:orders_parcel_stop", args=[second.pk]), {"why": "wet"})).send()
    page = client.get(reverse("admin:orders_batch_change", args=[batch.pk])).content.decode()
    acts.opened(client, acts.Act(reverse("admin:orders_parcel_back", args=[second.pk]))).send()

    second.refresh_from_db()
    assert "stopped: put it back" in page
    assert (second.stopped_why, second.put_back_at) == ("wet", MONDAY)
    assert [row.quantity for row in first.lines.all()] == [2]


def test_the_papers_are_a_page_and_two_files(client):
    orders_here(2)
    batch = printed(client)

    page = client.get(reverse("admin:orders_batch_papers", args=[batch.pk])).content.decode()
    files = [client.get(reverse(f"admin:orders_batch_{name}", args=[batch.pk])) for name in ("pick_list", "slips")]

    assert f"Pick list {batch.pk}" in page
    assert "1 unit in this parcel." in page
    assert [file["Content-Type"] for file in files] == ["application/pdf"] * 2
    assert all(io.BytesIO(file.content).read(5) == b"%PDF-" for file in files)


def test_the_page_of_the_papers_has_the_barcodes_that_a_scanner_reads(client):
    make.on_hand(lamp := make.product("LAMP-9"), 2)
    for number in ("SO-71", "Ж-72 <b>"):
        make.order((lamp, 1), reference=number)
    batch = printed(client)

    page = client.get(reverse("admin:orders_batch_papers", args=[batch.pk])).content.decode()

    assert scanned(page) == [f"BATCH-{batch.pk}", "SO-71", "Ж-72 <b>"]


def scanned(page):
    """Paint the pictures of a page as a printer does, and read them as a scanner does."""
    pictures = re.findall(r'<img class="bars" src="data:image/svg\+xml;base64,([^"]+)"', page)
    return [found.text for told in pictures for found in zxingcpp.read_barcodes(painted(b64decode(told).decode()))]


def painted(svg, *, scale=4):
    black = [rect for rect in re.findall(r"<rect [^>]+>", svg) if "fill: rgb(0%,0%,0%)" in rect]
    paper = Image.new("L", (200 * scale, 100 * scale), "white")
    for rect in black:
        x, y, width, height = (
            float(re.search(rf'{name}="([^"]+)"', rect)[1]) for name in ("x", "y", "width", "height")
        )
        ImageDraw.Draw(paper).rectangle([(n + 10) * scale for n in (x, y, x + width, y + height)], fill="black")
    return paper.transpose(Image.Transpose.FLIP_TOP_BOTTOM)  # its group is turned: up is up


def test_who_may_not_ship_sees_a_batch_and_touches_nothing(client):
    orders_here(1)
    batch = printed(client)
    [parcel] = Parcel.objects.all()
    watcher = acts.Client()
    user = User.objects.create_user("eve", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_batch"))
    watcher.force_login(user)

    page = watcher.get(reverse("admin:orders_batch_change", args=[batch.pk]))

    assert page.status_code == 200
    assert "Hand over…" not in page.content.decode()
    for name, pk in (
        ("batch_labels", batch.pk),
        ("parcel_stop", parcel.pk),
        ("batch_papers", batch.pk),
    ):
        assert watcher.get(reverse(f"admin:orders_{name}", args=[pk])).status_code == 403
    assert watcher.get(reverse(DESK)).status_code == 403


def test_what_is_picked_is_stopped_by_choice_where_it_is_canceled(client):
    [order] = orders_here(1)
    batch = printed(client)
    url = f"{reverse('admin:orders_backorder_cancel')}?order={order.pk}"
    ticked = {"_selected_action": order.lines.get().pk, "reason": "She rang"}

    refused = client.post(url, {**acts.form_of(client.get(url)), **ticked, "preview": "1"}).content.decode()
    page = acts.opened(client, acts.Act(url, {**ticked, "stops_parcels": "on"}, is_previewed=True))
    page.send()

    assert f"picked, in batch {batch.pk}. Stop the parcel first" in refused
    assert order.lines.get().canceled == 1
    assert [(p.stopped_why, p.put_back_at) for p in Parcel.objects.all()] == [("cancel: She rang", None)]
    assert books.broken(at=MONDAY) == []


def test_another_note_of_what_is_picked_is_refused_or_stops_its_parcel(client):
    [order] = orders_here(1)
    batch = printed(client)
    url = f"{reverse('admin:orders_order_terms')}?ids={order.pk}"
    typed = {"note": "Do not ring", "reason": "She rang"}

    refused = client.post(url, {**acts.form_of(client.get(url)), **typed, "preview": "1"}).content.decode()
    page = acts.opened(client, acts.Act(url, {**typed, "stops_parcels": "on"}, is_previewed=True))
    order.refresh_from_db()
    assert order.note == ""
    page.send()

    assert f"is picked, in batch {batch.pk}. Stop the parcel first" in refused
    assert 'name="stops_parcels"' in refused
    order.refresh_from_db()
    assert order.note == "Do not ring"
    assert [parcel.stopped_why for parcel in Parcel.objects.all()] == ["change the order: She rang"]


def test_what_is_to_be_put_back_stands_at_the_desk_although_its_batch_is_over(client):
    orders_here(1)
    batch = printed(client)
    [parcel] = Parcel.objects.all()
    shipping.stop_parcels([parcel.pk], why="canceled", by=batch.by, at=MONDAY)
    assert not Batch.objects.get().stands

    shown = client.get(reverse(DESK)).context["standing"]
    back = reverse("admin:orders_parcel_back", args=[parcel.pk])
    assert "1 unit of it lies on its shelf again." in client.get(back).content.decode()
    acts.opened(client, acts.Act(back)).send()

    [[link, *_, state]] = shown.rows
    assert str(batch) in str(link)
    assert "1 parcel to put back" in str(state)
    assert client.get(reverse(DESK)).context["standing"] is None


@pytest.mark.parametrize("is_over", [False, True])
def test_what_is_stopped_of_a_batch_that_lay_for_weeks_stands_at_the_desk(client, is_over):
    orders_here(2)
    batch = printed(client)
    late = MONDAY + timedelta(days=45)
    parcels = list(Parcel.objects.order_by("pk"))
    shipping.stop_parcels([each.pk for each in parcels[: 2 if is_over else 1]], why="canceled", by=batch.by, at=late)
    assert Batch.objects.get().stands is not is_over

    with time_machine.travel(late, tick=False):
        shown = acts.boss("max").get(reverse(DESK)).context["standing"]

    [[*_, state]] = shown.rows
    assert f"{'2 parcels' if is_over else '1 parcel'} to put back" in str(state)
    assert ("not handed over" in str(state)) is not is_over


def test_ship_now_takes_nothing_that_is_picked(client):
    [order] = orders_here(1)
    printed(client)

    with pytest.raises(UnitsPicked, match="picked"):
        fulfillment.ship_order(order.pk, by=None, at=MONDAY)


def test_two_people_who_type_on_one_batch_write_over_nothing(client):
    orders_here(2)
    batch = printed(client)
    first, second = Parcel.objects.order_by("pk")
    url = reverse("admin:orders_batch_labels", args=[batch.pk])
    pages = [acts.opened(who, acts.Act(url, button="save")) for who in (client, acts.boss("ines"))]

    pages[0].send(**{f"tracking-{first.pk}": "A1"})
    pages[1].send(**{f"tracking-{second.pk}": "B1"})
    again = acts.opened(client, acts.Act(url, button="save"))
    acts.opened(client, acts.Act(url, button="save")).send(**{f"tracking-{first.pk}": "A2"})
    refused = again.send(**{f"tracking-{first.pk}": "A3"})

    assert [p.tracking for p in Parcel.objects.order_by("pk")] == ["A2", "B1"]
    assert "Somebody typed “A2” here since you looked." in refused.content.decode()


def test_a_receipt_says_what_can_leave_and_leads_there(client):
    lamp = make.product()
    lorry = make.coming(lamp, 5, on=make.TODAY)
    order = make.order((lamp, 2))
    act = acts.Act(reverse("admin:receive_inbound", args=[lorry.pk]), {f"units-{lorry.pk}": "5"}, is_previewed=True)

    answer = acts.opened(client, act).send()

    [message] = [str(each) for each in answer.wsgi_request._messages]
    address = f"{reverse(DESK)}?products={lamp.pk}"
    assert f'<a href="{address}">1 order can leave now</a>' in message
    assert str(order) in client.get(address).content.decode()


@pytest.mark.parametrize("name", ["orders_order_changelist", "orders_backorder_changelist"])
def test_a_selection_leads_to_the_desk(client, name):
    one, two = orders_here(2)
    query = "?tab=ship" if "backorder" in name else ""
    rows = [order.lines.get().pk if query else order.pk for order in (one, two)]

    answer = client.post(reverse(f"admin:{name}") + query, {"action": "pick", "_selected_action": rows[:1]})

    assert answer["Location"] == f"{reverse(DESK)}?orders={one.pk}"
    shown = client.get(answer["Location"]).content.decode()
    assert str(one) in shown
    assert str(two) not in shown
