"""
A browser as people use it: what it sends is a page that it has opened.

``Hands.post`` opens the page first and sends what that page carries: its one-time key, and the fingerprint of what it
shows. A test of the door itself sends ``once`` (or an empty one) by hand.
"""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from inventory.desk import once

NOTE = re.compile(r'<form method="post" action="/admin/note/.*?</form>', re.DOTALL)
CARRIED = re.compile(r'<input type="hidden" name="(once|fingerprint)" value="([^"]*)"')


def carried(response: Any) -> dict[str, str]:
    """What a page carries unseen, but for the form that writes a note: that is sent elsewhere."""
    if response.status_code != 200:
        return {}
    return dict(CARRIED.findall(NOTE.sub("", response.content.decode())))


def read_out(response: Any) -> Any:
    """
    Read an answer to its end, as a browser does: a file that is sent is closed with it.

    To close the answer itself would end the request once more, and with it the database connection of the test.
    """
    if response.streaming:
        b"".join(response.streaming_content)
    return response


class Hands(Client):
    def post(self, path: Any, data: Any = None, *args: Any, **kwargs: Any) -> Any:
        sent = dict(data or {})
        if "once" not in sent and "_auth_user_id" in self.session:
            # a preview is looked at first by whoever applies it: its fingerprint is theirs to send
            seen = carried(self.get(path)) if "apply" not in sent else {}
            by = User(pk=int(self.session["_auth_user_id"]))
            sent = {"once": once.fresh(by, timezone.now()), **seen, **sent}
        return super().post(path, sent, *args, **kwargs)

    def agree(self, path: str, data: Any = None, **kwargs: Any) -> Any:
        """Look at the preview of what this does, then do exactly that."""
        seen = carried(self.post(path, {**(data or {}), "preview": "1"}))
        return self.post(path, {**(data or {}), "fingerprint": seen["fingerprint"], "apply": "1"}, **kwargs)


@pytest.fixture
def client() -> Hands:
    return Hands()


@pytest.fixture
def admin_client(admin_user: User) -> Hands:
    hands = Hands()
    hands.force_login(admin_user)
    return hands
