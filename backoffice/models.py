"""Runs of the clock, and files on their way in."""

from pathlib import Path

from django.conf import settings
from django.db import models


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
    """A file that somebody wants to load: looked at first, then confirmed."""

    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    file = models.FileField(upload_to="%Y/%m/")
    mapping = models.JSONField(default=dict, blank=True)
    report = models.JSONField(default=dict, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    uploaded_at = models.DateTimeField()
    loaded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        return Path(self.file.path)
