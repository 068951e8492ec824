"""The page of figures of a shop that has lived: each number leads to its rows, and is had as a file."""

import csv
import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.figures import calendar, choosing, lists, night
from backoffice.models import WeeklyFigure

from .test_kept_figures import lived

pytestmark = pytest.mark.django_db
PAGE = "/admin/figures/"


@pytest.fixture
def at():
    """A shop that has lived for some weeks, after its last night."""
    at = lived(0, days=30)
    night.keep(at=at)
    cache.clear()
    with time_machine.travel(at, tick=False):
        yield at


@pytest.fixture
def admin_client(at, admin_client):
    """Somebody who signs in after that night."""
    return admin_client


def text(response):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


@pytest.mark.proof
def test_each_number_leads_to_as_many_rows_as_it_says(admin_client):
    for of in ("", "supplier:Nordlys", "abc:A", "warehouse:BER", "channel:shop"):
        page = admin_client.get(PAGE, {"of": of}).content.decode()
        links = re.findall(r'<a href="([^"]+figure=(?!units)[^"]+)">(\d+)(?: [a-z][^<]*)?</a>', page)
        links += re.findall(r'<td><a href="([^"]+figure=[^"]+)">[^<]+</a></td><td class="n">(\d+)</td>', page)
        assert len(links) > 40
        for address, count in links:
            # fill, and mails, are sums of units and of mails, not of rows
            if not any(name in address for name in ("figure=fill", "figure=noise-hit", "figure=vain")):
                found = admin_client.get(unescape(address)).context["cl"].result_count
                assert found == int(count), address


@pytest.mark.proof
def test_it_says_what_it_does_not_know_reads_little_and_is_had_as_a_file(admin_client):
    refused = admin_client.get(PAGE, {"of": "color:red"})
    nobody = admin_client.get(PAGE, {"of": "supplier:Nobody"})
    cache.clear()
    cold, warm = statements(admin_client), statements(admin_client)
    listed = admin_client.get("/admin/export/backoffice_weeklyfigure/csv/?figure=kept_last&of=warehouse:BER")
    lines = admin_client.get("/admin/export/backoffice_lineoutcome/xlsx/?figure=kept_first-missed")

    assert refused.status_code == 400
    assert "cannot be narrowed to “color:red”" in text(refused)
    assert "Nothing was counted of Nobody in these weeks." in text(nobody)
    assert (cold, warm) == (2, 1)
    kept = WeeklyFigure.objects.filter(figure="kept_last", dimension="warehouse", value="BER").count()
    rows = list(csv.DictReader(b"".join(listed.streaming_content).decode("utf-8-sig").splitlines()))
    assert len(rows) == kept > 1
    assert [row["Reached ÷ counted"] for row in rows] == [
        f"{float(row['Reached']) / float(row['Of how many']):.4f}" for row in rows
    ]
    assert lines.status_code == 200


@pytest.mark.proof
def test_the_lists_behind_the_numbers_are_called_what_they_show(admin_client):
    page = admin_client.get(PAGE).content.decode()
    called = {}

    for address in re.findall(r'<a href="(/admin/[a-z]+/[a-z]+/[^"]*)"', page.partition('class="figures"')[2]):
        path = address.partition("?")[0]
        heading = re.findall(r"<h1>([^<]+)</h1>", admin_client.get(unescape(address)).content.decode())
        called.setdefault(path, set()).update(heading)

    assert called == {
        "/admin/backoffice/weeklyfigure/": {"Figures by week"},
        "/admin/backoffice/lineoutcome/": {"Lines counted"},
        "/admin/backoffice/orderoutcome/": {"Orders counted"},
        "/admin/backoffice/arrivalforecast/": {"Forecasts of arrivals"},
        "/admin/inventory/reorderpolicy/": {"Reorder points"},
    }


def exported(admin_client, query):
    answer = admin_client.get(f"/admin/export/backoffice_weeklyfigure/csv/?{query}")
    return list(csv.DictReader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()))


@pytest.mark.proof
def test_the_file_has_both_numbers_of_each_ratio_and_says_of_what_they_are(admin_client, at):
    page = admin_client.get(PAGE).context_data
    week = calendar.monday(timezone.localdate(at)).isoformat()

    rows = [row for row in exported(admin_client, "") if row["By"] == "all"]

    said = {row["Figure"]: row["What ÷ of what"] for row in rows}
    assert list(lists.RATIOS) == list(lists.TITLES)
    assert said["Kept, against the newest day told (lines)"] == "lines kept ÷ lines counted"
    assert said["Slip after the first day told (lines)"] == "days ÷ lines counted"
    assert said["Later-mails per 100 lines that wait (lines)"] == "later-mails ÷ lines counted"
    assert said["Filled from the shelf (units)"] == "units from the shelf ÷ units counted"
    assert said["On time in full, first promised day (orders)"] == "orders on time ÷ orders counted"
    assert said["Units free, of those asked for a day"] == "units free ÷ units asked for a day"
    assert said["Lines expected to break"] == "lines expected to break ÷ lines"
    for panel in (panel for _, panels in page["sections"] for panel in panels if panel.weeks):
        own = [row for row in rows if row["Figure"] == f"{panel.title} ({panel.grain})"]
        assert [number(each.rows.words) for each in panel.weeks] == [number(row["Of how many"]) for row in own]
    waits = [row for row in rows if row["What ÷ of what"] in ("units ÷ lines", "value ÷ lines")]
    here = {
        row["Figure"]: (number(row["Of how many"]), number(row["Reached"])) for row in waits if row["Week from"] == week
    }
    for label, lines, units, _ in page["ages"][1].rows:
        assert here.get(f"Units that wait, {text_of(label)}", (0, 0)) == (lines, units)
        assert here.get(f"Value that waits, {text_of(label)}", (0, 0))[0] == lines


def number(words):
    return float(words.replace(",", ""))


def text_of(words):
    return unescape(re.sub(r"<[^>]+>", "", str(words)))


def statements(admin_client):
    """Count what the page reads of figures."""
    with CaptureQueriesContext(connection) as found:
        assert admin_client.get(PAGE).status_code == 200
    return sum("weeklyfigure" in each["sql"] for each in found)


@pytest.mark.proof
def test_figures_can_be_narrowed_to_what_was_counted_in_these_weeks_alone(at):
    today = timezone.localdate(at)
    old = calendar.first(today) - timedelta(weeks=1)
    for week, value in ((old, "Gone by"), (old, "Nordlys"), (today, "Ny & Søn"), (today, "Alpha")):
        WeeklyFigure.objects.create(
            week=week, figure="said_99", dimension="supplier", value=value, reached=1, counted=2
        )
    rows = WeeklyFigure.objects.filter(week__gte=calendar.first(today))

    found = dict(choosing.choices(today))

    assert list(found) == ["Supplier", "Class", "Warehouse", "Channel", "Horizon"]
    for label, values in found.items():
        named = {*rows.filter(dimension=values[0][0].partition(":")[0]).values_list("value", flat=True)}
        assert [value for _, value in values] == sorted(named), label
    assert ("supplier:Ny & Søn", "Ny & Søn") in found["Supplier"]
    assert "Gone by" not in dict(found["Supplier"]).values()
