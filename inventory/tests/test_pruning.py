"""What nobody asks for any more goes: in blocks, so many a night, and nothing that is still asked for."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User

from inventory.ground.sql import pruning
from inventory.models import Alert, PolicyChange, ReorderPolicy
from inventory.night import past
from inventory.notebook import alerts, following, hanging, notes, owners
from inventory.tests import make

pytestmark = pytest.mark.django_db
NOW = make.MONDAY
DAY = timedelta(days=1)


def moved(*days_ago):
    """Let a reorder point have moved so many days ago."""
    policy = ReorderPolicy.objects.create(product=make.product(), warehouse=make.warehouse())
    for days in days_ago:
        PolicyChange.objects.create(policy=policy, on=make.TODAY - days * DAY, was=1, now=2, reason="x")


def left():
    return sorted((make.TODAY - on).days for on in PolicyChange.objects.values_list("on", flat=True))


def test_a_reorder_point_that_moved_three_months_ago_is_forgotten_and_its_number_explains_itself():
    moved(0, 91, 92, 93, 400)

    assert past.sweep(on=make.TODAY) == 2
    assert left() == [0, 91, 92]
    assert past.sweep(on=make.TODAY) == 0
    assert ReorderPolicy.objects.count() == 1


def test_the_oldest_go_first_in_blocks_and_the_rest_the_next_night(monkeypatch):
    monkeypatch.setattr(pruning, "BLOCK", 2)
    monkeypatch.setattr(pruning, "BLOCKS", 2)
    moved(*range(93, 99))
    done = []

    assert past.sweep(on=make.TODAY, block_done=lambda: done.append(left())) == 4
    assert done == [[93, 94, 95, 96], [93, 94]]
    assert past.sweep(on=make.TODAY) == 2


def test_a_night_that_is_killed_between_two_blocks_goes_on_where_it_stopped(monkeypatch):
    monkeypatch.setattr(pruning, "BLOCK", 2)
    moved(*range(93, 99))

    def killed():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        past.sweep(on=make.TODAY, block_done=killed)
    assert left() == [93, 94, 95, 96]
    assert past.sweep(on=make.TODAY) == 4


# --- alerts -------------------------------------------------------------------------------------


@pytest.fixture
def mia():
    return User.objects.create_user("mia")


def solved(by=None, *, gone=401, at=401):
    """Make an alert that was solved so many days ago, by a person or by its fact, which is gone since."""
    role, _ = Group.objects.get_or_create(name="Buyers")
    matter = alerts.Matter("short", hanging.key(make.product()), "x", make.TODAY, owners.role(role))
    alerts.raise_all([matter], by=None, at=NOW - at * DAY)
    alert = Alert.objects.latest("pk")
    gone_at = None if gone is None else NOW - gone * DAY
    Alert.objects.filter(pk=alert.pk).update(solved_at=NOW - at * DAY, solved_by=by, gone_at=gone_at)
    return Alert.objects.get(pk=alert.pk)


def open_alert():
    return Alert.objects.filter(pk=solved(gone=None).pk).update(solved_at=None)


def swept(*kept):
    """Forget what is old; say how many there were, and that these alone are left."""
    gone = alerts.sweep(at=NOW)
    assert set(Alert.objects.values_list("pk", flat=True)) == {each.pk for each in kept}
    return gone


def test_what_was_solved_more_than_four_hundred_days_ago_is_forgotten(mia):
    solved()
    solved(mia)
    kept = [solved(at=400, gone=400), solved(mia, at=399, gone=399), solved(mia, at=500, gone=10)]

    assert swept(*kept) == 2
    assert swept(*kept) == 0


def test_what_is_open_or_solved_while_its_fact_stands_is_kept_however_old(mia):
    open_alert()
    kept = [Alert.objects.get(), solved(mia, gone=None)]

    assert swept(*kept) == 0


def test_what_somebody_follows_or_has_written_on_is_kept(mia):
    followed, noted = solved(), solved()
    following.follow([hanging.key(followed)], by_id=mia.pk, at=NOW)
    notes.write([hanging.key(noted)], "Called.", by=mia, at=NOW, key="")
    following.stop([hanging.key(noted)], by=mia)

    assert swept(followed, noted) == 0
