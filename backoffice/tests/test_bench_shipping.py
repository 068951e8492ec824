import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from backoffice.benches import shipping

pytestmark = pytest.mark.proof


@pytest.mark.embedded
def test_a_batch_is_printed_drawn_and_handed_over_in_a_database_of_its_own(tmp_path):
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "manage.py", "bench", "shipping", "--orders", "3", "--json"],
        cwd=settings.BASE_DIR,
        env={**kept, "DATA_DIR": str(tmp_path)},
        capture_output=True,
        check=True,
    )

    found = json.loads(done.stdout)
    assert (found["parcels"], found["mails"], found["database"]) == (3, 3, "sqlite")
    assert list(found["seconds"]) == ["choose", "print", "papers", "numbers", "hand over"]
    assert shipping.words(found).startswith("3 parcels, 3 mails, sqlite\nchoose ")
