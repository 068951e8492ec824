"""Notes: plain words about a row, written once, changed by who wrote them, taken away and kept."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from inventory.models import Note, Product
from inventory.notebook import hanging, notes, wording
from inventory.tests import make

pytestmark = pytest.mark.django_db
NOW = make.MONDAY
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def mia():
    return User.objects.create_user("mia")


@pytest.fixture
def tom():
    return User.objects.create_user("tom")


@pytest.fixture
def lamp():
    return make.product("LAMP-1")


def on(row):
    return list(Note.objects.filter(hanging.on([hanging.key(row)]), removed_at=None).values_list("text", flat=True))


def written(row, by, text="Called twice."):
    notes.write([hanging.key(row)], text, by=by, at=NOW)
    return Note.objects.latest("pk")


def test_a_note_says_who_wrote_what_about_which_row_and_when(lamp, mia):
    mug = make.product("MUG-1")

    assert notes.write([hanging.key(lamp)], " <b>Called</b>\r\ntwice.\x00 ", by=mia, at=NOW, is_pinned=True) == 1

    note = Note.objects.get()
    assert (note.text, note.author, note.at, note.is_pinned, note.edited_at) == (
        "<b>Called</b>\ntwice.", mia, NOW, True, None,
    )  # fmt: skip
    assert (note.row, str(note)) == (lamp, note.text)
    assert (on(lamp), on(mug)) == ([note.text], [])


def test_one_note_is_written_on_many_rows_in_one_statement_and_what_named_its_author_there_is_read(
    mia, django_assert_num_queries
):
    lamps = [make.product(f"LAMP-{number}") for number in range(60)]
    rows = hanging.keys(Product, [lamp.pk for lamp in lamps])

    with django_assert_num_queries(5):  # the savepoint and its end, the note, what is read, who follows
        assert notes.write(rows, "Check the boxes.", by=mia, at=NOW) == 60

    assert Note.objects.filter(hanging.on(rows)).count() == 60


def test_the_same_act_of_writing_writes_once_and_the_same_words_may_be_said_again(lamp, mia):
    mug = make.product("MUG-1")
    row = hanging.key(lamp)

    assert notes.write([row], "No answer.", by=mia, at=NOW, key="page-7") == 1
    assert notes.write([row, hanging.key(mug)], "No answer.", by=mia, at=LATER, key="page-7") == 1
    assert notes.write([row], "No answer.", by=mia, at=LATER) == 1
    assert notes.write([row], "No answer.", by=mia, at=LATER) == 1

    assert (len(on(lamp)), len(on(mug))) == (3, 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" \n\x00 ", "A note needs words."),
        ("x" * 100_000, "A note has at most 10,000 signs; this one has 100,000."),
    ],
)
def test_a_note_without_words_or_with_too_many_is_refused(lamp, mia, text, words):
    with pytest.raises(wording.NoWords) as refusal:
        notes.write([hanging.key(lamp)], text, by=mia, at=NOW)

    assert str(refusal.value) == words
    assert not Note.objects.exists()
    notes.write([hanging.key(lamp)], "x" * 10_000, by=mia, at=NOW)


def test_who_wrote_a_note_may_change_it_and_twice_is_once(lamp, mia):
    note = written(lamp, mia)

    notes.edit(note.pk, "Called three times.", was="Called twice.", by=mia, at=LATER)
    notes.edit(note.pk, "Called three times.", was="Called twice.", by=mia, at=LATER + timedelta(hours=1))

    note.refresh_from_db()
    assert (note.text, note.at, note.edited_at) == ("Called three times.", NOW, LATER)


def test_nobody_changes_the_words_of_another(lamp, mia, tom):
    note = written(lamp, mia)
    User.objects.filter(pk=mia.pk).update(first_name="Mia", last_name="Moor")

    with pytest.raises(notes.NotTheirNote, match=r"^Mia Moor wrote this note\. Write one of your own\.$"):
        notes.edit(note.pk, "Never called.", was="Called twice.", by=tom, at=LATER)

    assert on(lamp) == ["Called twice."]


def test_a_note_that_was_changed_in_another_window_is_not_overwritten(lamp, mia):
    note = written(lamp, mia)
    notes.edit(note.pk, "Called three times.", was="Called twice.", by=mia, at=LATER)

    with pytest.raises(notes.NoteHasChanged, match=r"It says now: Called three times\.$"):
        notes.edit(note.pk, "Wrote a letter.", was="Called twice.", by=mia, at=LATER)

    assert on(lamp) == ["Called three times."]


def test_a_note_that_is_taken_away_is_kept_with_who_took_it(lamp, mia, tom):
    note = written(lamp, mia)

    assert notes.remove([note.pk], by=tom, at=LATER) == 1
    assert notes.remove([note.pk], by=mia, at=LATER + timedelta(hours=1)) == 0

    note.refresh_from_db()
    assert (note.text, note.removed_by, note.removed_at) == ("Called twice.", tom, LATER)
    assert on(lamp) == []
    with pytest.raises(notes.NoSuchNote):
        notes.edit(note.pk, "Back.", was="Called twice.", by=mia, at=LATER)


def test_a_note_is_pinned_once_and_let_go_once(lamp, mia):
    note = written(lamp, mia)

    assert [notes.pin([note.pk], is_pinned) for is_pinned in (True, True, False, False)] == [1, 0, 1, 0]
