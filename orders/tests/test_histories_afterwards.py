"""Histories in which much has left: lost, reversed, returned, exchanged, found and inspected, in whatever order."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from . import books
from .test_histories import World

pytestmark = pytest.mark.proof

few = st.integers(0, 5)
small = st.integers(1, 5)
AFTERWARDS = ("lose_parcel", "reverse", "take_back", "find_parcel", "decide", "unreceive")
steps = st.lists(
    st.one_of(
        *(st.tuples(st.just(name), few, small) for name in AFTERWARDS),
        st.tuples(st.just("take_back"), few, st.integers(0, 11)),
        st.tuples(st.just("ship"), few, small),
        st.tuples(st.just("place"), small, st.integers(0, 2)),
        st.tuples(st.just("find"), small, st.integers(0, 1)),
        st.tuples(st.just("lose"), small, st.integers(0, 1)),
        st.tuples(st.just("stop"), few, st.integers(0, 9)),
        st.tuples(st.just("go_on"), few, small),
        st.tuples(st.just("receive"), few, small),
        st.tuples(st.just("wait"), st.integers(1, 3), small),
    ),
    min_size=3,
    max_size=16,
)
BUSY = [
    ("place", 4, 0), ("find", 4, 0), ("expect", 4, 2), ("receive", 0, 4), ("place", 5, 1), ("together", 1, 1),
    ("find", 2, 1), ("find", 3, 0), ("ship", 0, 3), ("ship", 1, 4), ("place", 2, 0), ("expect", 2, 3),
]  # fmt: skip
"""So that there is something to go wrong with."""


class RandomAftermaths(TestCase):
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(steps)
    def test_whatever_becomes_of_what_left_the_books_balance_and_a_new_plan_changes_nothing(self, history):
        world = World()
        for step in BUSY:
            world.run(step)
        for step in history:
            world.run(step)
            books.assert_balanced(at=world.at)
