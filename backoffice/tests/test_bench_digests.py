import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from backoffice.benches import digests

pytestmark = pytest.mark.proof


@pytest.mark.embedded
def test_each_customer_is_told_in_one_mail_over_a_server_of_its_own(tmp_path):
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "manage.py", "bench", "digests", "--customers", "7", "--json"],
        cwd=settings.BASE_DIR,
        env={**kept, "DATA_DIR": str(tmp_path)},
        capture_output=True,
        check=True,
    )

    found = json.loads(done.stdout)
    assert (found["mails"], found["facts"], found["left"], found["database"]) == (7, 21, 0, "sqlite")
    assert digests.words(found).startswith("7 digests of 21 facts in ")
