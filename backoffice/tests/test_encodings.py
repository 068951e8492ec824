"""Text that is no UTF-8: read as Windows-1252 and said, or refused in words. Each by the command and the upload."""

import pytest
from django.contrib.auth.models import User

from backoffice.tests import doors
from inventory.models import Product
from inventory.tests import files

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["command", "upload"])
def load(request, client, tmp_path, settings):
    """One of the doors: ``load("TEE-S,Tee\\n", "cp1252")`` gives what it said of these products."""
    settings.MEDIA_ROOT = tmp_path / "media"
    door = doors.command
    if request.param == "upload":
        client.force_login(User.objects.create_superuser("ines"))
        door = doors.Upload(client)
    return lambda rows, encoding: door("products", files.text(tmp_path, f"sku,name\n{rows}", encoding=encoding))


@pytest.mark.parametrize(
    ("encoding", "rows", "told"),
    [
        (
            "mac_roman",
            "TEE-S,Müller Größe\nMUG-01,Café\n",
            "it says “MŸller”, “Grš§e”, “CafŽ”: it is in another encoding",
        ),
        ("cp1251", "TEE-S,Футболка\nMUG-01,Кружка\n", "it says “Ôóòáîëêà”, “Êðóæêà”"),
        ("shift_jis", "TEE-S,シャツ\nMUG-01,カップ\n", "it says “ƒVƒƒƒc”, “ƒJƒbƒv”"),
        ("cp1250", "TEE-S,Tee\nMUG-01,Žluťoučký kůň\n", "is neither UTF-8 nor Windows-1252 text (line 3)"),
    ],
)
def test_text_in_another_encoding_is_refused_in_words_and_nothing_is_loaded(load, encoding, rows, told):
    answer = load(rows, encoding)

    assert not answer.is_loaded
    assert told in answer.told
    assert "Save it as UTF-8." in answer.told
    assert not Product.objects.exists()


def test_text_of_western_windows_is_read_and_what_it_says_is_shown(load):
    answer = load("TEE-S,Müller Größe – 5 €\nMUG-01,Café L’Été\nCAP-1,Nike®Air\n", "cp1252")

    names = list(Product.objects.order_by("sku").values_list("name", flat=True))
    assert names == ["Nike®Air", "Café L’Été", "Müller Größe – 5 €"]
    assert "Read as Windows-1252, so that it says “Müller”, “Größe”, “–”." in answer.told
