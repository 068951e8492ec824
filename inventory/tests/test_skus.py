"""Which SKUs there are, and how they are cut into blocks."""

from itertools import pairwise

import pytest

from inventory.models import Product
from inventory.night import skus

from . import make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (3, [3]), (4, [3, 1]), (6, [3, 3]), (7, [3, 3, 1])])
def test_products_are_cut_into_ranges_of_so_many_the_last_of_what_is_left(count, sizes, django_assert_num_queries):
    keys = sorted(make.product(f"P{number}").pk for number in range(count + 2))
    Product.objects.filter(pk__in=keys[:1] + keys[2:3] if count > 1 else keys[:2]).delete()  # keys need not be dense
    left = sorted(Product.objects.values_list("pk", flat=True))

    with django_assert_num_queries(1):
        found = skus.ranges(3)

    assert [sum(after < key <= until for key in left) for after, until in found] == sizes
    assert (found[0][0], found[-1][1]) == (0, left[-1]) if left else found == []
    assert all(before[1] == after[0] for before, after in pairwise(found))
