"""
The one sender, over every table of letters: claim, intent, sent; retry, dead letter, in doubt.

Every step is a conditional UPDATE that commits by itself, so any number of workers may run this, and any of
them may die anywhere: before the intent is recorded the letter returns to the queue; after it the letter is
in doubt, for nobody can tell. Nothing is called sent that no server accepted. Writes the rows of letters.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from email.utils import formataddr, make_msgid, parseaddr
from typing import Any, ClassVar, Generic, TypeVar
from uuid import uuid4

from anymail.backends.base import AnymailBaseBackend
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import translation

from . import braking, results
from .braking import Run
from .delivery import SendResult, verdict
from .letter import Composed, Envelope, Letter, LetterState, Waits, Words
from .smtp import Unreachable

BATCH = 50
STAYS: Mapping[str, Any] = {}
SHADOWED: Mapping[str, Any] = {"state": LetterState.SHADOWED, "claim": "", "claimed_until": None, "error": ""}

L = TypeVar("L", bound=Letter)


class Outbox(Generic[L]):
    """
    A table of letters, and what its app says of them. A new one says whose they are (``envelope``) and is registered;
    the rest has an answer: a row has its reader and its words from the start, and nothing follows from its being sent.

    :cvar to: who reads them, in a word; of those with something due, tables of a lower ``rank`` go first
    """

    LEASE = timedelta(minutes=2)
    """How long a claim stands. It begins again with each mail's intent, and for those still to come in good time."""
    RENEWED_AFTER = LEASE / 4

    model: type[L]
    to: ClassVar[str]
    rank: ClassVar[int] = 1
    is_kept_in_shadow: ClassVar[bool] = False

    # --- What an app says ---------------------------------------------------------------

    def envelope(self, letter: L) -> Envelope:
        raise NotImplementedError

    def is_shadow(self) -> bool:
        """Whether they are composed and kept, and none is sent."""
        return self.is_kept_in_shadow and bool(settings.MAIL == "shadow")

    def sort_out(self, *, at: datetime) -> int:
        """Take what is no mail out of the queue, and give back what is one; give how many calls are new."""
        return 0

    def loaded(self, ids: Sequence[int], claim: str) -> Iterator[tuple[L, bool]]:
        """Give the letters of this claim, in this order, and whether there is anything left to tell."""
        found = self.rows().filter(pk__in=ids, claim=claim).in_bulk()
        return ((found[pk], True) for pk in ids if pk in found)

    def reader(self, letter: L) -> str:
        """Give the address it goes to; empty if there is none, and somebody has to call."""
        return letter.recipient

    def locked(self, letter: L) -> Iterable[L]:
        """Lock its row until its intent is written, and give that as it stands, if it is there; renew its reader."""
        return self.rows().filter(pk=letter.pk).select_for_update(no_key=True)

    def compose(self, letter: L, *, at: datetime) -> Composed | Waits | LetterState | None:
        """Say what it says now, or what becomes of it unsent; None if there is nothing left to tell."""
        return letter.as_kept()

    def was_sent(self, told_of: Collection[int], *, at: datetime) -> Collection[int]:
        """Write what follows, and give what somebody holds: nobody is waited for in this transaction."""
        return ()

    def was_sent_before(self, left: Collection[int], *, at: datetime) -> None:
        """Write the same of what was held, one row at a time."""

    def came_back(self, letter: L) -> None:
        """Take back what followed from its being sent. One that came back may be told of twice."""

    # --- What the sender does -----------------------------------------------------------

    @property
    def name(self) -> str:
        """What its letters are called outside, with their key."""
        return str(self.model._meta.model_name)

    def rows(self) -> QuerySet[L]:
        return self.model.objects.all()

    def due(self, now: datetime) -> QuerySet[L]:
        return self.rows().filter(state=LetterState.QUEUED, due_at__lte=now)

    def send_batch(self, size: int, run: Run) -> int:
        """Claim so many of those that are due and send them; give how many there were."""
        claim = str(uuid4())
        if ids := self._claim(claim, size, run.now, run.first):
            self._send_batch(ids, claim, run)
        return len(ids)

    @transaction.atomic(durable=True)
    def _claim(self, claim: str, size: int, now: datetime, first: braking.Order = braking.OLDEST) -> list[int]:
        free = self.due(now).order_by(*first).select_for_update(no_key=True, skip_locked=True)
        ids = list(free.values_list("pk", flat=True)[:size])
        self.rows().filter(pk__in=ids, state=LetterState.QUEUED).update(
            state=LetterState.CLAIMED,
            claim=claim,
            claimed_until=now + self.LEASE,
            attempts=F("attempts") + 1,
            intent_at=None,
        )
        return ids

    def _send_batch(self, ids: Sequence[int], claim: str, run: Run) -> None:
        renewed = run.now
        waiting = self.rows().filter(pk__in=ids, claim=claim, state=LetterState.CLAIMED, intent_at=None)
        try:
            for letter, has_news in self.loaded(ids, claim):
                if not run.may_go_on:
                    break
                if run.now - renewed >= self.RENEWED_AFTER:
                    renewed = run.now
                    waiting.update(claimed_until=renewed + self.LEASE)
                if has_news:
                    self._send(letter, run)
                else:
                    self._record(letter, SendResult(LetterState.SUPERSEDED), run)
        finally:
            # what was not reached goes back as it was: this was no attempt
            waiting.update(state=LetterState.QUEUED, claim="", claimed_until=None, attempts=F("attempts") - 1)

    def _send(self, letter: L, run: Run) -> None:
        """Send one letter and record what became of it; nothing if the claim was lost, or it has to wait."""
        recipient = self.reader(letter)
        if not recipient:
            return self._record(letter, SendResult(LetterState.CALL), run)
        try:
            validate_email(recipient)
        except ValidationError:
            return self._record(
                letter, SendResult(LetterState.DEAD, f"“{recipient}” is not a valid e-mail address."), run
            )
        if self.is_shadow():
            shadow = self._intend(letter, recipient, run, ends=SHADOWED)
            if isinstance(shadow, Composed):
                run.counts["shadowed"] += 1
                return None
            return self._record(letter, shadow, run) if shadow else None
        told_of: Collection[int] = ()
        letter.recipient, outcome = recipient, run.connect()
        if outcome is None:
            written = self._intend(letter, recipient, run)
            if not isinstance(written, Composed):
                return self._record(letter, written, run) if written else None
            outcome, told_of = self._hand_over(letter, recipient, written, run), written.told_of
        braking.learn(outcome, letter, run)
        return self._record(letter, outcome, run, told_of)

    def _record(self, letter: L, outcome: SendResult, run: Run, told_of: Collection[int] = ()) -> None:
        results.record(letter, told_of, outcome, run, self)

    @transaction.atomic(durable=True)
    def _intend(
        self, letter: L, recipient: str, run: Run, *, ends: Mapping[str, Any] = STAYS
    ) -> Composed | SendResult | None:
        """
        Write the letter from what is true now, and store it with the intent to send it.

        :param ends: what becomes of a letter that is not handed over: it is done in the same moment
        :returns: None if this worker's claim is gone, its reader has another address, or it has to wait; an outcome if
            there is none to send
        """
        now = run.now
        held = {(row.state, row.claim, (row.claimed_until or now) > now) for row in self.locked(letter)}
        if held != {(LetterState.CLAIMED, letter.claim, True)} or self.reader(letter) != recipient:
            return None
        own = self.rows().filter(pk=letter.pk)
        try:
            with translation.override(letter.language) if letter.language else nullcontext():
                composed = self.compose(letter, at=now)
        except Exception as error:  # one mail that cannot be written must not hold up the others
            return SendResult(LetterState.QUEUED, f"The mail could not be written: {error!r}")
        if isinstance(composed, Waits):
            own.update(due_at=now + composed.time)
            return None
        if not isinstance(composed, Composed):
            return SendResult(composed or LetterState.SUPERSEDED)
        words = composed.words
        own.update(
            **{"intent_at": now, "claimed_until": now + self.LEASE, **ends},
            message_id=self._named(letter, words),
            recipient=recipient,
            subject=words.subject,
            body_text=words.text,
            body_html=words.html,
            attached=[each.as_row() for each in composed.attached],
        )
        return composed

    def _named(self, letter: L, words: Words) -> str:
        """Name the mail; sent again as it was it keeps its name, so that a mailbox that got it may drop the second."""
        if not letter.message_id or letter.body_text != words.text:
            domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
            letter.message_id = make_msgid(f"{self.name}.{letter.pk}", domain or "localhost")
        return letter.message_id

    def _hand_over(self, letter: L, recipient: str, written: Composed, run: Run) -> SendResult:
        words = written.words
        from_email, reply_to, more = self.envelope(letter)
        headers = {**more, "Message-ID": letter.message_id, "Auto-Submitted": "auto-generated"}
        if letter.language:
            headers["Content-Language"] = letter.language
        mail = EmailMultiAlternatives(
            words.subject, words.text, from_email, [recipient], reply_to=reply_to, headers=headers
        )
        if words.html:
            mail.attach_alternative(words.html, "text/html")
        for each in written.attached:
            mail.attach(each.name, each.content, each.media_type)
        if isinstance(run.connection, AnymailBaseBackend):
            # what comes back may come before we know the provider's own name for it
            mail.metadata = {self.name: str(letter.pk)}  # type: ignore[attr-defined]
        try:
            taken = run.connection.send_messages([mail])
        except Exception as error:
            run.hang_up()
            return braking.unreachable(error) if isinstance(error, Unreachable) else verdict(error)
        if taken == 0:
            return SendResult(LetterState.QUEUED, "The mail backend did not take it.")
        status = getattr(mail, "anymail_status", None)
        return SendResult(LetterState.SENT, provider_id=str((status and status.message_id) or "")[:200])


def as_the_shop(address: str) -> str:
    """Write an address of ours with the shop's name: who reads a mail, and who answers it, sees the shop."""
    return formataddr((" ".join(settings.SHOP_NAME.split()), parseaddr(address)[1]))


OUTBOXES: list[Outbox[Any]] = []
"""Every table of letters, from the lowest rank on."""


def register(outbox: Outbox[Any]) -> None:
    """Send these letters too. An app calls it when it is ready."""
    OUTBOXES.append(outbox)
    OUTBOXES.sort(key=lambda each: each.rank)


def send_due(*, at: datetime, limit: int = 1000) -> dict[str, int | str]:
    """
    Send what is due, over one connection. Safe to run twice at once; commits each step, so not inside a transaction.

    A refusal that is about us stops the run, as a line does that broke twice in a row; then one mail at a time is
    tried until one passes (``braking``). What is only composed, in shadow, waits for no server.

    :returns: letters by what became of them: sent, delayed, put_back, dead, in_doubt, superseded, not_wanted,
        to_call, shadowed; and ``braked``, why the run was stopped
    """
    brake = braking.standing()
    run = Run(at, braking.connection(), brake, doubts=brake.doubts if brake else 0)
    for outbox in OUTBOXES:
        results.sweep(outbox.rows(), run)
        # a call needs no mail server, so it does not wait for one
        run.counts["to_call"] += outbox.sort_out(at=at)
    live = [outbox for outbox in OUTBOXES if not outbox.is_shadow()]
    _in_turns((outbox for outbox in OUTBOXES if outbox not in live), run, limit)
    if brake and at < brake.until:
        is_held = any(outbox.due(at).exists() for outbox in live)
        return {**+run.counts, "braked": brake.reason} if is_held else dict(+run.counts)
    try:
        _in_turns(braking.in_turn(live, run), run, limit)
    finally:
        run.hang_up()
    return {**+run.counts, "braked": run.why_stopped} if run.why_stopped else dict(+run.counts)


def _in_turns(outboxes: Iterable[Outbox[Any]], run: Run, limit: int) -> None:
    """Send batches of one table after another, so that none waits for the end of a long queue."""
    waiting = deque(outboxes)
    while waiting and limit > 0 and run.may_go_on:
        outbox = waiting.popleft()
        size = 1 if run.brake and not outbox.is_shadow() else BATCH
        if taken := outbox.send_batch(min(size, limit), run):
            limit -= taken
            waiting.append(outbox)
