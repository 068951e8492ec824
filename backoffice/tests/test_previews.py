"""What is kept of a look at a file: the first of everything with how many there are, and a fingerprint of all of it."""

import json

import pytest

from backoffice.files import loading, previews
from backoffice.models import Upload
from inventory.models import Product
from orders.tests import make

pytestmark = pytest.mark.django_db


def look(path):
    return loading.look(loading.File("products", path), at=make.MONDAY)


def written(folder, *rows, head="sku,price"):
    path = folder / "p.csv"
    path.write_text("\n".join([head, *rows]) + "\n")
    return path


def made(plan):
    return previews.made(Upload(pk=1, kind="products"), plan)


@pytest.mark.parametrize("row", [1, 60])
def test_the_fingerprint_knows_what_stood_in_a_row_that_is_not_shown(tmp_path, row):
    for number in range(1, 61):
        make.product(f"P-{number}", price=9)
    path = tmp_path / "p.csv"
    path.write_text("sku,price\n" + "".join(f"P-{number},10\n" for number in range(1, 61)))
    upload = Upload(pk=1)
    first, same = previews.fingerprint(upload, look(path)), previews.fingerprint(upload, look(path))

    Product.objects.filter(sku=f"P-{row}").update(price=8)

    assert first == same
    assert previews.fingerprint(upload, look(path)) != first


@pytest.mark.parametrize("count", [50, 51])
def test_fifty_wrong_lines_are_shown_and_all_are_counted(tmp_path, count):
    found = made(look(written(tmp_path, *(f"P-{number},dear" for number in range(count)))))

    assert (len(found["problems"]), found["problems_in_all"], found["bad"]) == (50, count, count)
    assert found["problems"][0][:3] == [2, "price", "dear"]


def test_what_changes_is_shown_with_what_it_was_under_the_columns_that_the_file_has(tmp_path):
    make.product("LAMP", name="Lamp", price=9)

    found = made(look(written(tmp_path, "LAMP,10", "RUG,5")))

    assert found["changes"] == [[2, "price", "9.00", "10.00"]]
    assert (found["changes_in_all"], found["rows"], found["bad"]) == (1, 2, 0)
    assert found["names"] == ["sku", "price"]
    assert [(row, state) for row, state, _ in found["shown"]] == [(2, "changed"), (3, "new")]


@pytest.mark.parametrize("count", [200, 201])
def test_two_hundred_rows_of_a_table_are_kept_and_all_are_counted(tmp_path, count):
    plan = look(written(tmp_path, "LAMP,10"))
    plan.tables.append(("What differs", ("Order",), [(f"SO-{number}",) for number in range(count)]))

    [[title, heads, rows, in_all]] = made(plan)["tables"]

    assert (title, heads, len(rows), rows[-1], in_all) == ("What differs", ["Order"], 200, ["SO-199"], count)


def test_a_look_is_plain_values_that_come_back_as_they_were(tmp_path):
    make.product("LAMP", price=9)
    found = made(look(written(tmp_path, "LAMP,10", "LAMP,11", "RUG,dear")))

    assert json.loads(json.dumps(found)) == found


def test_another_upload_or_another_choice_of_columns_is_another_fingerprint(tmp_path):
    plan = look(written(tmp_path, "LAMP,10"))
    uploads = [Upload(pk=1), Upload(pk=2), Upload(pk=1, mapping={"price": "cost"})]

    assert len({previews.fingerprint(upload, plan) for upload in uploads}) == 3
