"""Runs of the clock, files on their way in, what stands still, and mail to those who look after it."""

from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from inventory.ground.post.letter import Letter

from .figures.tables import ArrivalForecast, LineOutcome, OrderOutcome, WeeklyFigure

__all__ = [
    "ArrivalForecast",
    "ClockTick",
    "ColumnMapping",
    "JobRun",
    "LineOutcome",
    "OrderOutcome",
    "Upload",
    "UploadBlock",
    "WeeklyFigure",
]


class JobRun(models.Model):
    """
    One run of one scheduled job for one business date: claimed once, whatever the clocks do.

    ``progress`` counts from 0 to 100; ``counts`` is what the job returned. Who runs it holds it until
    ``claimed_until``, and renews that as it goes. Written only by ``backoffice.jobs``.
    """

    job = models.CharField(max_length=40)
    business_date = models.DateField()
    started_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    progress = models.PositiveSmallIntegerField(default=0)
    step = models.CharField(max_length=120, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=1)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-business_date", "-pk"]
        verbose_name = "run"
        permissions = [("start_jobrun", "Can start a run now")]
        constraints = [models.UniqueConstraint(fields=["job", "business_date"], name="job_run_once_per_date")]

    def __str__(self) -> str:
        return f"{self.job} for {self.business_date}"


class Upload(models.Model):
    """
    A file that somebody wants to load: looked at first, then confirmed.

    A big one is looked at and loaded by a worker, who holds it until ``claimed_until``; ``started_at`` is the token of
    that claim, ``confirmed`` the fingerprint of the look that somebody said yes to. Written only by
    ``backoffice.files.incoming`` and the screens of files.
    """

    class State(models.TextChoices):
        NEW = "new", "not looked at by a worker"
        LOOKING = "looking", "being looked at"
        ASKING = "asking", "something must be said first"
        LOOKED = "looked", "looked at"
        LOADING = "loading", "being loaded"
        LOADED = "loaded", "loaded"
        FAILED = "failed", "failed"

    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    file = models.FileField(upload_to="%Y/%m/")
    mapping = models.JSONField(default=dict, blank=True)
    report = models.JSONField(default=dict, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    uploaded_at = models.DateTimeField()
    loaded_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW, db_default=State.NEW)
    started_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    error = models.TextField(blank=True, default="", db_default="")
    confirmed = models.CharField(max_length=64, blank=True, default="", db_default="")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    is_skipping = models.BooleanField(default=False, db_default=False)

    class Meta:
        ordering = ["-pk"]
        verbose_name = "file"

    def __str__(self) -> str:
        return self.name

    @property
    def is_at_work(self) -> bool:
        """Whether a worker has it, or will have it soon."""
        return self.state in (self.State.LOOKING, self.State.LOADING)

    @property
    def path(self) -> Path:
        return Path(self.file.path)


class ColumnMapping(models.Model):
    """
    Which column of a file is which field, as somebody said it once: kept under the file's header, by kind.

    ``columns`` gives column → field; ``header_key`` stands for ``headers``. Written only by
    ``backoffice.files.mappings`` and its page.
    """

    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    header_key = models.CharField(max_length=64)
    headers = models.JSONField(default=list)
    columns = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    used_at = models.DateTimeField()

    class Meta:
        ordering = ["kind", "name"]
        verbose_name = "mapping of columns"
        verbose_name_plural = "mappings of columns"
        constraints = [
            models.UniqueConstraint(fields=["kind", "header_key"], name="mapping_one_per_header"),
            models.UniqueConstraint("kind", Lower("name"), name="mapping_one_per_name"),
        ]

    def __str__(self) -> str:
        return self.name


class UploadBlock(models.Model):
    """
    Some rows of a big file as the look found them, to be written in one transaction, which marks them as done.

    ``skipped`` has a sentence for each row that was left as it is. Written only by ``backoffice.files.in_blocks``.
    """

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="blocks", db_index=False)
    number = models.PositiveIntegerField()
    rows = models.JSONField()
    skipped = models.JSONField(default=list)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["upload", "number"]
        constraints = [models.UniqueConstraint(fields=["upload", "number"], name="upload_block_once")]

    def __str__(self) -> str:
        return f"{self.upload}, block {self.number}"


class ClockTick(models.Model):
    """
    When the clock last reached a worker and the database, in one row; it has not paused since ``since``.

    Written only by ``backoffice.watching.troubles``.
    """

    at = models.DateTimeField()
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"tick at {self.at}"


class Trouble(models.Model):
    """
    One thing that stood still or went wrong, from when it was found until it was over.

    ``key`` tells one occurrence from the next; ``told_at`` and ``end_told_at`` are when it was written to ``ADMINS``
    (``StaffLetter``) that it began, and that it was over. Written only by ``backoffice.watching.troubles``.
    """

    name = models.CharField(max_length=20)
    key = models.CharField(max_length=200)
    words = models.TextField()
    began_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["key"], name="trouble_open_once", condition=models.Q(ended_at=None))
        ]

    def __str__(self) -> str:
        return self.words


class StaffLetter(Letter):
    """
    One e-mail owed to one of those who look after the shop, or to one ``reader`` who works here; its words are written
    with the row.

    Written only by ``backoffice.watching.telling``, and by the sender.
    """

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")

    class Meta(Letter.Meta):
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.subject} to {self.recipient}"


class ToldTrouble(models.Model):
    """That a letter tells of a trouble: that it began, or that it is over. Written with its letter."""

    letter = models.ForeignKey(StaffLetter, models.CASCADE, related_name="troubles", db_index=False)
    trouble = models.ForeignKey(Trouble, models.CASCADE, related_name="told_in")
    is_over = models.BooleanField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["letter", "trouble"], name="trouble_told_once_a_letter")]

    def __str__(self) -> str:
        return f"{self.trouble} in {self.letter}"


class OwnZone(models.Model):
    """
    The time zone in which a person lives, if it is not the shop's; it goes with them.

    Written only by ``backoffice.people.own_time``.
    """

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    name = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class DailyMail(models.Model):
    """
    That a person wants one mail a day about what they follow: what happened ``until`` then was told, last ``on`` that
    day.

    It goes with them. Written only by ``backoffice.watching.daily``.
    """

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    until = models.DateTimeField()
    on = models.DateField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.person}, until {self.until}"


class LettersOff(models.Model):
    """
    That keys of one letter do nothing for a person, who asked for it; it goes with them.

    Written only by ``backoffice.people.own_keys``.
    """

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.person}"
