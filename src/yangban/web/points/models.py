"""The tables of carbon points.

The ledger's tables come first. Only :mod:`yangban.web.points.posting` writes them, and it writes operations and entries alone: the
database itself moves balances, lots and heads by them and refuses whatever does not follow (``triggers.py``), so that no row can be out of
balance or below zero, whoever writes it.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

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

    chain = models.ForeignKey(LedgerChain, on_delete=models.PROTECT, related_name="accounts")
    kind = models.CharField(max_length=12, choices=[(each, each) for each in ACCOUNT_KINDS])
    owner = models.CharField(max_length=80, blank=True)
    holder = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="held")
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

    chain = models.ForeignKey(LedgerChain, on_delete=models.PROTECT, related_name="operations", db_constraint=False)
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
            models.Index(fields=("expires_at",), name="points_lot_due", condition=Q(remaining__gt=0)),
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
