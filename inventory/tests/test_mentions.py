"""People named in notes: who is, who is told, and until when."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from inventory.models import Mention, Note
from inventory.notebook import hanging, mentions, notes, wording
from inventory.tests import make
from inventory.tests.make import MONDAY as NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def mia() -> User:
    return User.objects.create_user("mia", is_staff=True)


@pytest.fixture
def tom() -> User:
    return User.objects.create_user("Tom.Lang", is_staff=True)


def told(who: User) -> list[str]:
    return [mention.note.text for mention in mentions.unread(who).select_related("note")]


@pytest.mark.parametrize(
    "text",
    ["@Tom.Lang please", "ask @tom.lang.", "(@TOM.LANG)", "see\n@Tom.Lang, @Tom.Lang"],
)
def test_a_name_is_read_in_any_case_and_what_ends_a_sentence_is_no_part_of_it(text, tom):
    assert mentions.named(text) == ([tom], [], [])


@pytest.mark.parametrize("text", ["@Åsa.Öst, look", "@åsa.öst", "@ÅSA.ÖST", "@A\u030asa.O\u0308st", "＠Åsa.Öst"])
def test_a_name_in_another_alphabet_is_read_in_any_case_however_it_is_typed(text):
    User.objects.create_user("asa", is_staff=True)
    asa = User.objects.create_user("Åsa.Öst", is_staff=True)

    assert mentions.named(text) == ([asa], [], [])


def test_of_two_names_that_differ_by_case_the_one_that_is_typed_is_meant(tom):
    small = User.objects.create_user("tom.lang", is_staff=True)

    assert mentions.named("@Tom.Lang").people == [tom]
    assert mentions.named("@tom.lang").people == [small]


@pytest.mark.parametrize("text", ["tom.lang@shop.example", "a@tom.lang", "@@tom.lang", "@ tom.lang", "tom.lang"])
def test_an_address_names_nobody(text, tom):
    assert mentions.named(text).people == []


def test_who_left_and_who_never_was_are_told_apart_and_customers_of_the_admin_are_nobody(tom):
    User.objects.filter(pk=tom.pk).update(is_active=False)
    User.objects.create_user("visitor")

    assert mentions.named("@tom.lang @nobody @visitor") == ([], ["Tom.Lang"], ["nobody", "visitor"])


def test_a_note_names_fifty_people_and_not_one_more():
    assert len(mentions.named(" ".join(f"@p{number}" for number in range(50))).unknown) == 50
    with pytest.raises(wording.NoWords, match=r"^A note names at most 50 people; this one has 51 names\.$"):
        mentions.named(" ".join(f"@p{number}" for number in range(51)))


def test_it_stands_before_whom_it_names_and_not_before_who_wrote_it(mia, tom):
    lamp = make.product()

    notes.write([hanging.key(lamp)], "@tom.lang @mia look", by=mia, at=NOW)

    assert (told(tom), told(mia)) == (["@tom.lang @mia look"], [])


def test_who_answers_on_the_row_has_read_it_and_elsewhere_has_not(mia, tom):
    lamp, mug = make.product("LAMP-2"), make.product("MUG-2")
    for row in (lamp, mug):
        notes.write([hanging.key(row)], f"@tom.lang {row.sku}", by=mia, at=NOW)

    notes.write([hanging.key(lamp)], "Done.", by=tom, at=LATER)

    assert told(tom) == ["@tom.lang MUG-2"]
    assert Mention.objects.get(read_at__isnull=False).read_at == LATER


def test_a_changed_note_is_told_to_whom_it_names_now(mia, tom):
    lamp = make.product()
    ada = User.objects.create_user("ada", is_staff=True)
    notes.write([hanging.key(lamp)], "@tom.lang look", by=mia, at=NOW)
    note = Note.objects.get()

    notes.edit(note.pk, "@ada look", was="@tom.lang look", by=mia, at=LATER)

    assert (told(tom), told(ada)) == ([], ["@ada look"])


def test_what_was_read_stays_read_when_the_note_changes(mia, tom):
    lamp = make.product()
    notes.write([hanging.key(lamp)], "@tom.lang look", by=mia, at=NOW)
    assert mentions.read([Mention.objects.get().pk], by=tom, at=LATER) == 1

    notes.edit(Note.objects.get().pk, "@tom.lang look again", was="@tom.lang look", by=mia, at=LATER)

    assert told(tom) == []


def test_nobody_reads_for_another_and_a_note_that_was_taken_away_is_told_no_more(mia, tom):
    lamp = make.product()
    notes.write([hanging.key(lamp)], "@tom.lang look", by=mia, at=NOW)

    assert mentions.read([Mention.objects.get().pk], by=mia, at=LATER) == 0
    assert told(tom) == ["@tom.lang look"]
    notes.remove([Note.objects.get().pk], by=mia, at=LATER)
    assert told(tom) == []
