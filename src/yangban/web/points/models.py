"""The tables of carbon points.

The ledger's tables come first. Only :mod:`yangban.web.points.posting` writes them, and it writes operations and entries alone: the
database itself moves balances, lots and heads by them and refuses whatever does not follow (``triggers.py``), so that no row can be out of
balance or below zero, whoever writes it.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from yangban.points.ledger import ACCOUNT_KINDS, GENESIS, HELD, ISSUE, MOVES, Account
from yangban.web.words import say


class LedgerChain(models.Model):
    """A ledger of its own, and its head: number, hash and moment of its last operation."""

    name = models.CharField(max_length=48, unique=True)
    scheme = models.CharField(max_length=40, db_index=True)
    number = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)
    recorded_at = models.DateTimeField(null=True)

    class Meta:
        """Constraints."""

        constraints = (models.CheckConstraint(condition=Q(number__gte=0), name="points_chain_number"),)

    def __str__(self) -> str:
        return self.name


class LedgerAccount(models.Model):
    """An account as it stands; only entries move it. ``holder`` of a held account is the one whose points are held."""

    chain = models.ForeignKey(LedgerChain, on_delete=models.PROTECT, related_name="accounts", db_index=False)
    kind = models.CharField(max_length=12, choices=[(each, each) for each in ACCOUNT_KINDS])
    owner = models.CharField(max_length=80, blank=True)
    holder = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="held", db_index=False)
    balance = models.BigIntegerField(default=0)
    version = models.BigIntegerField(default=0)
    closed = models.BooleanField(default=False)

    class Meta:
        """Constraints: nobody but the issue pool falls below zero."""

        constraints = (
            models.UniqueConstraint(fields=("chain", "kind", "owner"), name="points_account_once"),
            models.CheckConstraint(condition=Q(kind__in=ACCOUNT_KINDS), name="points_account_kind"),
            models.CheckConstraint(condition=Q(kind=ISSUE) | Q(balance__gte=0), name="points_account_not_negative"),
            models.CheckConstraint(
                condition=Q(kind=HELD, holder__isnull=False) | (~Q(kind=HELD) & Q(holder=None)), name="points_account_held"
            ),
            models.CheckConstraint(condition=Q(closed=False) | Q(balance=0), name="points_account_closed_empty"),
        )

    def __str__(self) -> str:
        return f"{self.kind}:{self.owner}" if self.owner else self.kind

    def address(self, chain: str) -> Account:
        """The account as the planner knows it."""
        return Account(chain, self.kind, self.owner)


class LedgerOperation(models.Model):
    """One operation, for ever. ``refers_to`` is the number, within the chain, of what it acts on."""

    chain = models.ForeignKey(LedgerChain, on_delete=models.PROTECT, related_name="operations", db_constraint=False, db_index=False)
    scheme = models.CharField(max_length=40)
    number = models.BigIntegerField()
    kind = models.CharField(max_length=8, choices=[(each, each) for each in MOVES])
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    by = models.CharField(max_length=80, blank=True)
    approved_by = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    about = models.CharField(max_length=200, blank=True)
    refers_to = models.BigIntegerField(null=True)
    expires_at = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    short = models.BigIntegerField(default=0)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        """Constraints: numbers once in a chain, keys once in a scheme."""

        constraints = (
            models.UniqueConstraint(fields=("chain", "number"), name="points_operation_number"),
            models.UniqueConstraint(fields=("scheme", "key"), name="points_operation_key"),
            models.CheckConstraint(condition=Q(kind__in=tuple(MOVES)), name="points_operation_kind"),
            models.CheckConstraint(condition=Q(happened_at__lte=F("recorded_at")), name="points_operation_clocks"),
            models.CheckConstraint(condition=Q(short__gte=0), name="points_operation_short"),
        )
        indexes = (models.Index(fields=("chain", "refers_to"), name="points_operation_refers", condition=Q(refers_to__isnull=False)),)

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"


class LedgerEntry(models.Model):
    """One line: a positive amount from one account to another, with the balances before it and the versions that it made.

    ``lot`` is the operation that made the lot. The trigger sees to the references, many rows at a time.
    """

    pk = models.CompositePrimaryKey("operation_id", "line")
    operation = models.ForeignKey(LedgerOperation, on_delete=models.PROTECT, related_name="entries", db_constraint=False, db_index=False)
    line = models.PositiveSmallIntegerField()
    source = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="given", db_constraint=False, db_index=False)
    target = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="taken", db_constraint=False, db_index=False)
    amount = models.BigIntegerField()
    lot = models.ForeignKey(
        LedgerOperation, null=True, on_delete=models.PROTECT, related_name="lot_entries", db_constraint=False, db_index=False
    )
    source_before = models.BigIntegerField()
    target_before = models.BigIntegerField()
    source_version = models.BigIntegerField()
    target_version = models.BigIntegerField()

    class Meta:
        """Constraints: whatever leaves one account arrives in another, and no version is made twice."""

        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="points_entry_positive"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="points_entry_two_accounts"),
            models.CheckConstraint(condition=Q(line__gt=0), name="points_entry_line"),
            models.UniqueConstraint(fields=("source", "source_version"), name="points_entry_source"),
            models.UniqueConstraint(fields=("target", "target_version"), name="points_entry_target"),
        )

    def __str__(self) -> str:
        return f"{self.operation_id}/{self.line}: {self.amount}"


class LedgerLot(models.Model):
    """Points earned at once: what remains and what is held of them. Entries make and move it."""

    operation = models.OneToOneField(
        LedgerOperation, primary_key=True, on_delete=models.PROTECT, related_name="made_lot", db_constraint=False
    )
    holder = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="lots", db_constraint=False, db_index=False)
    amount = models.BigIntegerField()
    remaining = models.BigIntegerField()
    held = models.BigIntegerField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        """Constraints: no lot gives more than it has."""

        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0, remaining__gte=0, held__gte=0), name="points_lot_not_negative"),
            models.CheckConstraint(condition=Q(amount__gte=F("remaining") + F("held")), name="points_lot_within"),
        )
        indexes = (
            models.Index(fields=("holder",), name="points_lot_open", condition=Q(remaining__gt=0) | Q(held__gt=0)),
            models.Index(fields=("expires_at",), name="points_lot_due", condition=Q(remaining__gt=0, expires_at__isnull=False)),
        )

    def __str__(self) -> str:
        return f"{self.operation_id}: {self.remaining}"


class LedgerHold(models.Model):
    """What is pending: an earn under review or an order; ``parts`` are pairs of lot number and amount, empty when it is over."""

    operation = models.OneToOneField(
        LedgerOperation, primary_key=True, on_delete=models.PROTECT, related_name="made_hold", db_constraint=False
    )
    kind = models.CharField(max_length=4, choices=[("earn", say("待审", "Under review")), ("hold", say("订单", "Order"))])
    holder = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="holds")
    parts = models.JSONField(default=list)
    amount = models.BigIntegerField()
    until = models.DateTimeField(null=True)

    class Meta:
        """Constraints."""

        constraints = (models.CheckConstraint(condition=Q(amount__gte=0), name="points_hold_not_negative"),)
        indexes = (models.Index(fields=("until",), name="points_hold_due", condition=Q(amount__gt=0)),)

    def __str__(self) -> str:
        return f"{self.operation_id}: {self.amount}"


# --------------------------------------------------------------------------------------------------------------------- people and units


class Program(models.Model):
    """A scheme of the book that is run here, by an operator, which is an organisation of its own."""

    class State(models.TextChoices):
        """A scheme ends in order: notice, last day of earning, then sealed."""

        OPEN = "open", say("运行", "Open")
        CLOSING = "closing", say("将关闭", "Closing")
        SEALED = "sealed", say("已封存", "Sealed")

    scheme = models.CharField(max_length=40, unique=True)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="programs")
    review = models.CharField(max_length=40, default="review-default")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    last_day = models.DateField(null=True, blank=True)
    fen_per_point = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """Constraints: a scheme that closes has a last day."""

        constraints = (models.CheckConstraint(condition=Q(state="open") | Q(last_day__isnull=False), name="points_program_last_day"),)

    def __str__(self) -> str:
        return self.scheme


class Closing(models.Model):
    """How a scheme ends: a notice, the last day of earning, the last day of spending, every account closed, the books sealed.

    Drafted by one person and published by another; wound up by one and sealed by another. ``number`` and ``head`` are those of the last
    operation of the books.
    """

    program = models.OneToOneField(Program, on_delete=models.PROTECT, related_name="closing")
    notice = models.TextField(max_length=4000)
    notice_en = models.TextField(max_length=4000, blank=True)
    last_day = models.DateField()
    last_spend = models.DateField()
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True)
    wound_up_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    wound_up_at = models.DateTimeField(null=True)
    accounts = models.PositiveIntegerField(default=0, help_text="Accounts closed by the wind-up")
    units = models.BigIntegerField(default=0, help_text="What was left in them, and expired")
    sealed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    sealed_at = models.DateTimeField(null=True)
    number = models.BigIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True)

    class Meta:
        """Constraints: nobody takes two steps that belong to two, and none is skipped."""

        constraints = (
            models.CheckConstraint(condition=Q(last_spend__gte=F("last_day")), name="points_closing_days"),
            models.CheckConstraint(
                condition=Q(published_by=None, published_at=None)
                | (Q(published_by__isnull=False, published_at__isnull=False) & ~Q(published_by=F("drafted_by"))),
                name="points_closing_published",
            ),
            models.CheckConstraint(
                condition=Q(wound_up_at=None) | Q(published_at__isnull=False, wound_up_by__isnull=False), name="points_closing_wound_up"
            ),
            models.CheckConstraint(
                condition=Q(sealed_by=None, sealed_at=None)
                | (Q(sealed_at__isnull=False, wound_up_at__isnull=False, sealed_by__isnull=False) & ~Q(sealed_by=F("wound_up_by"))),
                name="points_closing_sealed",
            ),
        )

    def __str__(self) -> str:
        return f"{self.program} {self.last_day}"


class SchemeVersion(models.Model):
    """A change of a scheme: the whole scheme as it holds from a day on, in the shape of the book.

    One person drafts, another approves; from then on the database refuses any change of the row. ``base`` is the version that it was
    drafted from and ``number`` counts the approved ones, 0 being the book's. ``trial`` is the last what-if run, of the text whose digest it
    names.
    """

    class State(models.TextChoices):
        """Where the change stands."""

        DRAFT = "draft", say("草案", "Draft")
        SUBMITTED = "submitted", say("待批准", "Submitted")
        APPROVED = "approved", say("已批准", "Approved")
        WITHDRAWN = "withdrawn", say("已撤回", "Withdrawn")

    scheme = models.CharField(max_length=40, db_index=True)
    number = models.PositiveSmallIntegerField(null=True)
    base = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    starts_on = models.DateField()
    text = models.TextField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    trial = models.JSONField(null=True)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=300, blank=True)

    class Meta:
        """Newest first; approved ones carry a number and the name of another person."""

        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=("scheme", "number"), name="points_version_number"),
            models.CheckConstraint(
                condition=~Q(state="approved") | (Q(number__gt=0, decided_by__isnull=False) & ~Q(decided_by=F("drafted_by"))),
                name="points_version_approved",
            ),
            models.CheckConstraint(condition=Q(state="approved") | Q(number=None), name="points_version_unnumbered"),
        )

    def __str__(self) -> str:
        return self.title


class Member(models.Model):
    """A person, in the books under a number that says nothing about them. Erasure takes the user away and leaves the number."""

    number = models.CharField(max_length=16, unique=True)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="member")
    joined_at = models.DateTimeField(default=timezone.now)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Constraints: whoever was erased has no user."""

        constraints = (
            models.CheckConstraint(
                condition=Q(erased_at=None, user__isnull=False) | Q(erased_at__isnull=False, user=None), name="points_member_erased"
            ),
        )

    def __str__(self) -> str:
        return self.number


class Consent(models.Model):
    """That a member lets a source report for them, from when to when."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="consents")
    source = models.CharField(max_length=40)
    given_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Constraints: one that holds for each source."""

        constraints = (
            models.UniqueConstraint(fields=("member", "source"), condition=Q(withdrawn_at=None), name="points_consent_once"),
            models.CheckConstraint(condition=Q(withdrawn_at=None) | Q(withdrawn_at__gte=F("given_at")), name="points_consent_dates"),
        )

    def __str__(self) -> str:
        return f"{self.member} {self.source}"


class UnitYear(models.Model):
    """What a public institution used in a year, by the key of the item: decimals as text."""

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="unit_years")
    year = models.PositiveSmallIntegerField()
    staff = models.PositiveIntegerField()
    area_m2 = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    used = models.JSONField(default=dict)

    class Meta:
        """Constraints."""

        constraints = (
            models.UniqueConstraint(fields=("organisation", "year"), name="points_unit_year"),
            models.CheckConstraint(condition=Q(staff__gt=0), name="points_unit_staff"),
        )

    def __str__(self) -> str:
        return f"{self.organisation} {self.year}"


class UnitStaff(models.Model):
    """That a member says to belong to a public institution, by their own choice, from when to when: for its sums, and for nothing else."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="units")
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="staff")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Constraints: one at a time."""

        constraints = (
            models.UniqueConstraint(fields=("member",), condition=Q(until=None), name="points_staff_once"),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gte=F("since")), name="points_staff_dates"),
        )

    def __str__(self) -> str:
        return f"{self.member} {self.organisation}"


# ------------------------------------------------------------------------------------------------------------------- events and awards


class PointsEvent(models.Model):
    """One report of a channel, as it came, with its outcome. Distances and digests are kept, tracks and pictures never."""

    scheme = models.CharField(max_length=40)
    key = models.CharField(max_length=180)
    digest = models.CharField(max_length=64)
    channel = models.CharField(max_length=40)
    event_id = models.CharField(max_length=120)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="events", db_index=False)
    behaviour = models.CharField(max_length=40)
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    amounts = models.JSONField(default=dict)
    evidence = models.CharField(max_length=40, blank=True)
    proof = models.CharField(max_length=64, blank=True)
    region = models.CharField(max_length=12, blank=True)
    minutes = models.CharField(max_length=20, blank=True)
    device = models.CharField(max_length=64, blank=True)
    refused = models.CharField(max_length=24, blank=True, help_text="Why it earned nothing, as a code; empty: it has an award")
    reason = models.CharField(max_length=400, blank=True)

    class Meta:
        """Constraints: a key once in a scheme."""

        constraints = (models.UniqueConstraint(fields=("scheme", "key"), name="points_event_once"),)
        indexes = (
            models.Index(fields=("member", "scheme", "happened_at"), name="points_event_member"),
            models.Index(fields=("scheme", "proof"), name="points_event_proof", condition=~Q(proof="")),
            models.Index(fields=("scheme", "device"), name="points_event_device", condition=~Q(device="")),
        )

    def __str__(self) -> str:
        return self.key


class Award(models.Model):
    """What an event earned, with its working; never computed again. ``units`` are smallest units, ``None`` where grams alone count."""

    class State(models.TextChoices):
        """Where the points are."""

        WAITING = "waiting", say("未到入账时间", "Not due yet")
        CREDITED = "credited", say("已入账", "Credited")
        REVIEW = "review", say("待审核", "Under review")
        VOIDED = "voided", say("未通过", "Not accepted")
        REVERSED = "reversed", say("已冲销", "Reversed")
        GRAMS = "grams", say("只记减排量", "Grams only")

    event = models.OneToOneField(PointsEvent, primary_key=True, on_delete=models.PROTECT, related_name="award")
    scheme = models.CharField(max_length=40)
    units = models.BigIntegerField(null=True)
    decimals = models.PositiveSmallIntegerField()
    grams = models.CharField(max_length=60, blank=True, help_text="An exact fraction")
    version = models.PositiveSmallIntegerField(default=0, help_text="Under which version of the scheme; 0 is the book's")
    method = models.CharField(max_length=60)
    clause = models.CharField(max_length=300, blank=True)
    steps = models.JSONField(default=list)
    factors = models.JSONField(default=list)
    unverified = models.JSONField(default=list)
    adds_to = models.CharField(max_length=180, blank=True)
    example = models.BooleanField(default=False)
    credit_from = models.DateTimeField(null=True)
    claim_until = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, choices=State)
    operation = models.OneToOneField(LedgerOperation, null=True, on_delete=models.PROTECT, related_name="award", db_constraint=False)

    class Meta:
        """Constraints."""

        constraints = (models.CheckConstraint(condition=Q(units=None) | Q(units__gt=0), name="points_award_positive"),)
        indexes = (models.Index(fields=("credit_from",), name="points_award_due", condition=Q(state="waiting")),)

    def __str__(self) -> str:
        return f"{self.event_id}: {self.units}"


class Review(models.Model):
    """Why an award was held, what a reviewer decided, and what came of the appeal, which another person decides."""

    class State(models.TextChoices):
        """Where the review stands."""

        OPEN = "open", say("待审核", "Open")
        ACCEPTED = "accepted", say("通过", "Accepted")
        REFUSED = "refused", say("未通过", "Refused")
        APPEALED = "appealed", say("申诉中", "Appealed")
        FINAL = "final", say("申诉已办结", "Appeal decided")

    award = models.OneToOneField(Award, primary_key=True, on_delete=models.PROTECT, related_name="review")
    reasons = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN, db_index=True)
    opened_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=300, blank=True)
    appeal = models.CharField(max_length=500, blank=True)
    appealed_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.award_id} {self.state}"


class Question(models.Model):
    """A member's question about one line of the books, to be answered by a day."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="questions")
    operation = models.ForeignKey(LedgerOperation, on_delete=models.PROTECT, related_name="questions", db_constraint=False)
    text = models.CharField(max_length=500)
    asked_at = models.DateTimeField(default=timezone.now)
    due_on = models.DateField()
    answer = models.CharField(max_length=500, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.operation_id}: {self.text[:30]}"


# -------------------------------------------------------------------------------------------------------------------- places and shop


class CheckPoint(models.Model):
    """A place of a meeting, of waste sorting or of volunteering, whose codes a member may scan: voluntary, each code once.

    One without a scheme belongs to an activity, whose codes say that somebody came and earn nothing by themselves.
    """

    scheme = models.CharField(max_length=40)
    behaviour = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="check_points")
    amounts = models.JSONField(default=dict, blank=True, help_text="What a visit counts for, by unit, as decimals in text")
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class CheckCode(models.Model):
    """A code that was shown: good for a minute, and for one member."""

    point = models.ForeignKey(CheckPoint, on_delete=models.PROTECT, related_name="codes")
    code = models.CharField(max_length=32, unique=True)
    good_until = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.code[:6]


class Merchant(models.Model):
    """Who takes points for goods."""

    number = models.CharField(max_length=16, unique=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)

    def __str__(self) -> str:
        return self.name


class Good(models.Model):
    """Goods or a coupon: its price in smallest units, how many are left, and from when it can be had."""

    scheme = models.CharField(max_length=40)
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="goods")
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    price = models.BigIntegerField()
    stock = models.IntegerField()
    released_at = models.DateTimeField(default=timezone.now)
    active = models.BooleanField(default=True)

    class Meta:
        """Order and constraints: nothing is sold that is not there."""

        ordering = ("released_at", "price", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(stock__gte=0), name="points_good_stock"),
            models.CheckConstraint(condition=Q(price__gt=0), name="points_good_price"),
        )

    def __str__(self) -> str:
        return self.name


class Order(models.Model):
    """A member's order: its points are held until it is delivered, cancelled or its time has passed."""

    class State(models.TextChoices):
        """Where it stands."""

        HELD = "held", say("待取", "To be collected")
        DELIVERED = "delivered", say("已交付", "Delivered")
        CANCELLED = "cancelled", say("已取消", "Cancelled")
        LAPSED = "lapsed", say("逾期未取", "Not collected")

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="orders")
    good = models.ForeignKey(Good, on_delete=models.PROTECT, related_name="orders")
    key = models.CharField(max_length=80, unique=True)
    code = models.CharField(max_length=12, unique=True)
    price = models.BigIntegerField()
    hold = models.OneToOneField(LedgerOperation, on_delete=models.PROTECT, related_name="order", db_constraint=False)
    until = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State, default=State.HELD)
    ordered_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        """Order."""

        ordering = ("-ordered_at",)

    def __str__(self) -> str:
        return self.code
