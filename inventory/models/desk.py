"""What people's desks remember: the keys of pages that were acted on."""

from django.conf import settings
from django.db import models


class SpentKey(models.Model):
    """
    The one-time key of a page that somebody acted on: a double click, a second tab or a retried request finds it here.

    ``act`` is the view, ``rows`` its address with the rows it names, ``sent`` a hash of what was sent, ``answer`` what
    the first one was answered (null: it has not said how it ended). Written only by ``inventory.spent``.
    """

    key = models.CharField(max_length=40, unique=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    act = models.CharField(max_length=120)
    rows = models.TextField()
    sent = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.act}, {self.at:%Y-%m-%d %H:%M}"
