"""The ledger, operation by operation, and what it refuses."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from points.store import Store
from yangban.base.errors import AccountClosed, KeyConflict, LedgerRefusal, NotEnoughPoints, UnknownPosting, UsageError, WrongState
from yangban.points.ledger import (
    COLUMNS,
    GENESIS,
    MOVES,
    Account,
    AccountRow,
    Adjust,
    Books,
    Cancel,
    Close,
    Deliver,
    Earn,
    Expire,
    Head,
    Hold,
    Plan,
    Post,
    Replay,
    Request,
    Reverse,
    Settle,
    Spend,
    Void,
    available_at,
    balances_at,
    chain_of,
    held_of,
    institution,
    member,
    merchant,
    needs,
    plan,
    plan_all,
    rows_of,
)
from yangban.points.verify import Proof, verify

T0 = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ANN, BOB, SHOP = member("example", "a"), member("example", "b"), merchant("example", "shop")
ISSUE, EXPIRED = Account("example", "issue"), Account("example", "expired")


def at(days: float) -> datetime:
    return T0 + timedelta(days=days)


def earn(key: str, amount: int, *, holder: Account = ANN, expires: float | None = 100, happened: float = 0, **words: Any) -> Earn:
    return Earn(
        key=key, holder=holder, amount=amount, happened_at=at(happened), expires_at=None if expires is None else at(expires), **words
    )


def proof(store: Store) -> Proof:
    return verify(row for each in store.operations for row in rows_of(each))


@pytest.fixture
def store() -> Store:
    """Ann has 10 that expire on day 50, 20 on day 20, 5 never."""
    made = Store()
    for key, amount, expires in (("e1", 10, 50.0), ("e2", 20, 20.0), ("e3", 5, None)):
        made.post(earn(key, amount, expires=expires), at(1))
    return made


def flows(store: Store, number: int) -> list[tuple[str, str, int, int | None]]:
    return [(str(each.source), str(each.target), each.amount, each.lot) for each in store.operations[number - 1].lines]


def test_an_earn_by_hand() -> None:
    store = Store()
    made = store.post(earn("e1", 145, happened=0.5, about="award-1"), at(1))
    (line,) = made.lines
    assert (made.number, made.happened_at, made.recorded_at, made.previous_hash) == (1, at(0.5), at(1), GENESIS)
    assert (line.source, line.target, line.amount, line.lot) == (ISSUE, ANN, 145, 1)
    assert (line.source_before, line.source_after, line.target_before, line.target_after) == (0, -145, 0, 145)
    assert (line.source_version, line.target_version) == (1, 1)


def test_first_to_expire_is_spent_first(store: Store) -> None:
    made = store.post(Spend(key="s", holder=ANN, merchant=SHOP, amount=32), at(2))
    assert flows(store, made.number) == [
        ("member:a", "merchant:shop", 20, 2), ("member:a", "merchant:shop", 10, 1), ("member:a", "merchant:shop", 2, 3),
    ]  # fmt: skip
    assert store.balance(ANN) == 3
    assert proof(store).holds


def test_what_has_expired_cannot_be_spent_even_before_the_sweep(store: Store) -> None:
    assert (available_at(store.lots.values(), ANN, at(20)), store.balance(ANN)) == (15, 35)
    with pytest.raises(NotEnoughPoints, match="可用 15，要 16"):
        store.post(Spend(key="s", holder=ANN, merchant=SHOP, amount=16), at(20))
    store.post(Spend(key="s", holder=ANN, merchant=SHOP, amount=15), at(20))
    made = store.post(Expire(key="x", holder=ANN), at(20))
    assert flows(store, made.number) == [("member:a", "expired", 20, 2)]
    assert (store.balance(ANN), store.balance(EXPIRED)) == (0, 20)
    with pytest.raises(WrongState, match="没有到期"):
        store.post(Expire(key="x2", holder=ANN), at(60))
    assert proof(store).holds


def test_hold_deliver_in_parts_and_cancel_the_rest(store: Store) -> None:
    hold = store.post(Hold(key="h", holder=ANN, amount=25, until=at(9)), at(2)).number
    assert (store.balance(ANN), store.balance(held_of(ANN))) == (10, 25)
    store.post(Deliver(key="d", hold=hold, merchant=SHOP, amount=22), at(3))
    made = store.post(Cancel(key="c", hold=hold, reason="无货"), at(4))
    assert flows(store, made.number) == [("held:member:a", "member:a", 3, 1)]
    assert (store.balance(ANN), store.balance(held_of(ANN)), store.balance(SHOP)) == (13, 0, 22)
    with pytest.raises(WrongState, match="已了结"):
        store.post(Deliver(key="d2", hold=hold, merchant=SHOP), at(5))
    assert proof(store).holds


def test_a_hold_is_voided_only_after_its_time(store: Store) -> None:
    hold = store.post(Hold(key="h", holder=ANN, amount=25, until=at(9)), at(2)).number
    with pytest.raises(WrongState, match="还不能作废"):
        store.post(Void(key="v", hold=hold), at(8.9))
    store.post(Void(key="v", hold=hold), at(9))
    assert (store.balance(ANN), store.lots[2].remaining) == (35, 20)
    assert proof(store).holds


def test_points_held_for_review_are_posted_or_voided() -> None:
    store = Store()
    first = store.post(earn("e1", 10, pending=True), at(1)).number
    second = store.post(earn("e2", 7, pending=True), at(1)).number
    with pytest.raises(NotEnoughPoints):
        store.post(Spend(key="s", holder=ANN, merchant=SHOP, amount=1), at(1))
    with pytest.raises(UnknownPosting, match="待定的入账"):
        store.post(Deliver(key="d", hold=first, merchant=SHOP), at(1))
    store.post(Post(key="p", hold=first), at(2))
    with pytest.raises(UsageError, match="理由"):
        store.post(Void(key="v", hold=second), at(2))
    store.post(Void(key="v", hold=second, reason="摇步器"), at(2))
    assert (store.balance(ANN), store.balance(held_of(ANN)), store.balance(ISSUE)) == (10, 0, -10)
    with pytest.raises(UnknownPosting, match="是订单"):
        store.post(Post(key="p2", hold=store.post(Hold(key="h", holder=ANN, amount=1, until=at(9)), at(3)).number), at(3))
    assert proof(store).holds


def test_a_reversed_earn_takes_what_is_left_and_nobody_falls_below_zero(store: Store) -> None:
    store.post(Spend(key="s", holder=ANN, merchant=SHOP, amount=13), at(2))
    made = store.post(Reverse(key="r", operation=2, reason="重复上报"), at(3))
    assert (flows(store, made.number), made.short) == ([("member:a", "issue", 7, 2)], 13)
    assert store.balance(ANN) == 15
    with pytest.raises(NotEnoughPoints, match="已无可收回"):
        store.post(Reverse(key="r2", operation=2, reason="重复上报"), at(3))
    whole = store.post(Reverse(key="r3", operation=1, reason="重复上报"), at(3))
    assert whole.short == 0
    with pytest.raises(WrongState, match="已冲销"):
        store.post(Reverse(key="r4", operation=1, reason="重复上报"), at(3))
    assert proof(store).holds


def test_returned_goods_give_the_points_back_to_their_lots(store: Store) -> None:
    hold = store.post(Hold(key="h", holder=ANN, amount=25, until=at(9)), at(2)).number
    sold = store.post(Deliver(key="d", hold=hold, merchant=SHOP), at(3)).number
    made = store.post(Reverse(key="r", operation=sold, reason="退货"), at(4))
    assert flows(store, made.number) == [("merchant:shop", "member:a", 20, 2), ("merchant:shop", "member:a", 5, 1)]
    with pytest.raises(WrongState, match="已冲销"):
        store.post(Reverse(key="r2", operation=sold, reason="退货"), at(4))
    assert proof(store).holds


def test_a_settled_merchant_cannot_give_back_what_it_has_not(store: Store) -> None:
    sold = store.post(Spend(key="s", holder=ANN, merchant=SHOP, amount=20), at(2)).number
    paid = store.post(Settle(key="t", merchant=SHOP, amount=20), at(3)).number
    with pytest.raises(NotEnoughPoints):
        store.post(Reverse(key="r", operation=sold, reason="退货"), at(4))
    store.post(Reverse(key="r2", operation=paid, reason="付错"), at(4))
    store.post(Reverse(key="r", operation=sold, reason="退货"), at(4))
    assert (store.balance(ANN), store.balance(SHOP)) == (35, 0)
    assert proof(store).holds


def test_what_cannot_be_reversed_says_so(store: Store) -> None:
    hold = store.post(Hold(key="h", holder=ANN, amount=5, until=at(9)), at(2)).number
    with pytest.raises(UnknownPosting, match="不能冲销"):
        store.post(Reverse(key="r", operation=hold, reason="x"), at(3))
    with pytest.raises(UnknownPosting, match="没有操作 99"):
        store.post(Reverse(key="r", operation=99, reason="x"), at(3))


def test_an_adjustment_needs_two_persons_and_a_reason(store: Store) -> None:
    words = {"key": "a", "holder": ANN, "amount": 3, "up": True, "reason": "漏记"}
    for by, approved in (("", "y"), ("x", ""), ("x", "x")):
        with pytest.raises(UsageError, match="两个人"):
            store.post(Adjust(**{**words, "by": by, "approved_by": approved}), at(2))
    store.post(Adjust(**{**words, "by": "x", "approved_by": "y"}), at(2))
    down = store.post(Adjust(**{**words, "key": "b", "up": False, "amount": 21, "by": "x", "approved_by": "y"}), at(2))
    assert flows(store, down.number) == [("member:a", "issue", 20, 2), ("member:a", "issue", 1, 1)]
    assert store.balance(ANN) == 17
    up = store.post(Reverse(key="r", operation=4, reason="错记"), at(3))
    assert flows(store, up.number) == [("member:a", "issue", 3, 4)]
    assert proof(store).holds


def test_erasure_closes_the_account_and_leaves_the_ledger_whole(store: Store) -> None:
    hold = store.post(Hold(key="h", holder=ANN, amount=5, until=at(9)), at(2)).number
    with pytest.raises(WrongState, match="还有 5 在待定中"):
        store.post(Close(key="c", holder=ANN, reason="本人注销"), at(3))
    sold = store.post(Deliver(key="d", hold=hold, merchant=SHOP), at(3)).number
    store.post(Close(key="c", holder=ANN, reason="本人注销"), at(3))
    assert (store.balance(ANN), store.balance(EXPIRED)) == (0, 30)
    for request in (earn("e9", 1), Hold(key="h2", holder=ANN, amount=1, until=at(9)), Reverse(key="r", operation=sold, reason="退货")):
        with pytest.raises(AccountClosed):
            store.post(request, at(4))
    store.post(Close(key="c2", holder=BOB, reason="没有积分也能注销"), at(4))
    assert proof(store).holds


def test_the_same_request_again_has_one_effect(store: Store) -> None:
    before = len(store.operations)
    assert store.post(earn("e1", 10, expires=50), at(9)).number == 1
    assert len(store.operations) == before
    with pytest.raises(KeyConflict, match="'e1'"):
        store.post(earn("e1", 11, expires=50), at(9))
    with pytest.raises(KeyConflict):
        store.post(Spend(key="e1", holder=ANN, merchant=SHOP, amount=10), at(9))


@pytest.mark.parametrize("word", ["", '引"号\\', "换\n行\x01", "😀"])
def test_the_digest_is_that_of_sorted_json(word: str) -> None:
    """By the library's own JSON: of every request, and of an earn, whose digest is written out."""
    moment = datetime(2024, 5, 1, 8, 0, 0, 5, tzinfo=timezone(timedelta(hours=8)))
    told = "2024-05-01T00:00:00.000005Z"
    holder = member("example", f"a{word}")
    common = {"by": word, "reason": word, "about": word, "holder": f"member:a{word}"}
    earn = Earn(
        key="k", by=word, reason=word, about=word, holder=holder, amount=7, happened_at=moment, expires_at=moment, pending=True
    )  # fmt: skip
    hold = Hold(key="k", by=word, reason=word, about=word, holder=holder, amount=7, until=moment)
    expected = [
        {**common, "kind": "earn", "amount": "7", "happened_at": told, "expires_at": told, "pending": "True"},
        {**common, "kind": "hold", "amount": "7", "until": told},
    ]
    for request, content in zip((earn, hold), expected, strict=True):
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert request.digest == hashlib.sha256(text.encode()).hexdigest()
    assert replace(earn, expires_at=None).digest != earn.digest


def test_the_digest_is_of_the_whole_content() -> None:
    one = earn("k", 10)
    others = [
        replace(one, amount=11), replace(one, holder=BOB), replace(one, expires_at=None), replace(one, about="x"), replace(one, by="x"),
        replace(one, reason="x"), replace(one, pending=True), replace(one, happened_at=at(0.1)),
    ]  # fmt: skip
    assert len({one.digest, *(each.digest for each in others)}) == len(others) + 1
    assert replace(one, key="other").digest == one.digest
    shifted = one.happened_at.astimezone(datetime.fromisoformat("2024-01-01T00:00:00+08:00").tzinfo)
    assert replace(one, happened_at=shifted).digest == one.digest


@pytest.mark.parametrize("amount", [0, -1, True, 1.5])
def test_amounts_are_positive_integers(amount: Any) -> None:
    with pytest.raises(UsageError, match="正整数"):
        Store().post(earn("e", amount), at(1))


def test_clocks() -> None:
    store = Store()
    with pytest.raises(UsageError, match="晚于记账时间"):
        store.post(earn("e", 1, happened=2), at(1))
    with pytest.raises(WrongState, match="已到期"):
        store.post(earn("e", 1, expires=1), at(1))
    store.post(earn("e", 1), at(5))
    with pytest.raises(WrongState, match="不能倒走"):
        store.post(earn("e2", 1), at(4))
    with pytest.raises(UsageError, match="没有时区"):
        store.post(earn("e2", 1), datetime(2024, 2, 1))


def test_balances_by_either_clock() -> None:
    """Ten on day 1; five that happened on day 2 and came on day 6; eight spent on day 4."""
    store = Store()
    store.post(earn("e1", 10, happened=1), at(1))
    store.post(Spend(key="s", holder=ANN, merchant=SHOP, amount=8), at(4))
    store.post(earn("e2", 5, happened=2), at(6))
    for day, recorded, happened in ((0, 0, 0), (1, 10, 10), (3, 10, 15), (5, 2, 7), (6, 7, 7)):
        for clock, expected in (("recorded", recorded), ("happened", happened)):
            found = balances_at(store.operations, at(day), clock)
            assert found.get(ANN, 0) == expected, (day, clock)
            assert sum(found.values()) == 0
    with pytest.raises(UsageError, match="没有时钟"):
        balances_at(store.operations, at(1), "moon")


def test_a_batch_goes_on_after_a_refusal() -> None:
    accounts = {each: AccountRow(each) for each in (ANN, held_of(ANN), SHOP, ISSUE)}
    books = Books(Head("example"), accounts)
    asked: list[Request] = [
        earn("e1", 10), Spend(key="s1", holder=ANN, merchant=SHOP, amount=11), Spend(key="s2", holder=ANN, merchant=SHOP, amount=4),
        earn("e1", 10), earn("e1", 12),
    ]  # fmt: skip
    made = plan_all(books, asked, at(1))
    assert [type(each) for each in made] == [Plan, NotEnoughPoints, Plan, Replay, KeyConflict]
    assert books.accounts[ANN].balance == 6
    assert books.head.number == 2


def test_planning_changes_nothing(store: Store) -> None:
    rows = (dict(store.accounts), dict(store.lots), store.head)
    books = Books(store.head, dict(store.accounts), dict(store.lots))
    books.accounts.update((each, AccountRow(each)) for each in (SHOP, held_of(ANN)))
    before = (dict(books.accounts), dict(books.lots), books.head)
    assert isinstance(plan(books, Spend(key="s", holder=ANN, merchant=SHOP, amount=32), at(2)), Plan)
    assert (books.accounts, books.lots, books.head) == before
    assert (store.accounts, store.lots, store.head) == rows


def test_locks_come_in_one_order(store: Store) -> None:
    for request in (earn("k", 1), Spend(key="k", holder=BOB, merchant=SHOP, amount=1), Settle(key="k", merchant=SHOP, amount=1)):
        wanted = needs("example", request).accounts
        assert list(wanted) == sorted(wanted)
    with pytest.raises(UsageError, match="一次操作只在一条链内"):
        needs("example", Spend(key="k", holder=BOB, merchant=merchant("other", "shop"), amount=1))


def test_an_account_that_was_not_loaded_is_a_fault_and_no_zero() -> None:
    with pytest.raises(UsageError, match="没有载入"):
        plan(Books(Head("example")), earn("e", 1), at(1))


def test_chains_are_spread_and_stay() -> None:
    spread = {chain_of("s", f"m{n}", 16) for n in range(400)}
    assert len(spread) == 16
    assert chain_of("s", "m1", 16) == chain_of("s", "m1", 16)


def test_accounts_are_what_the_chart_names() -> None:
    for kind, owner in (("gift", "x"), ("member", ""), ("issue", "x")):
        with pytest.raises(UsageError):
            Account("example", kind, owner)
    assert str(held_of(institution("example", "u"))) == "held:institution:u"


# ------------------------------------------------------------------------------------------------------------ proof by export


def a_busy_week() -> Store:
    store = Store()
    for n, (amount, expires) in enumerate(((10, 50.0), (20, 20.0), (5, None), (9, 3.0)), start=1):
        store.post(earn(f"e{n}", amount, expires=expires), at(1))
    store.post(earn("p", 7, holder=BOB, pending=True), at(1))
    store.post(Spend(key="s", holder=ANN, merchant=SHOP, amount=12), at(2))
    hold = store.post(Hold(key="h", holder=ANN, amount=15, until=at(9)), at(2)).number
    store.post(Deliver(key="d", hold=hold, merchant=SHOP, amount=9), at(3))
    store.post(Cancel(key="c", hold=hold, reason="无货"), at(4))
    store.post(Post(key="pp", hold=5), at(4))
    store.post(Reverse(key="r", operation=6, reason="退货"), at(4))
    store.post(Expire(key="x", holder=ANN), at(5))
    store.post(Settle(key="t", merchant=SHOP, amount=4), at(5))
    store.post(Adjust(key="a", holder=BOB, amount=2, up=False, reason="重复", by="x", approved_by="y"), at(6))
    store.post(Close(key="z", holder=BOB, reason="本人注销"), at(7))
    return store


def test_the_busy_week_is_whole_also_through_a_file() -> None:
    store = a_busy_week()
    rows = [row for each in store.operations for row in rows_of(each)]
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    stream.seek(0)
    found = verify(csv.DictReader(stream), expected={"example": store.operations[3].hash})
    assert found.problems == ()
    assert (found.operations, found.heads["example"]) == (15, (15, store.head.hash))
    assert sum(found.sums.values()) == 0
    assert {line.source.kind for each in store.operations for line in each.lines} == {"issue", "member", "held", "merchant"}
    assert {each.kind for each in store.operations} == set(MOVES) - {"void"}


def test_any_cell_that_is_changed_is_found() -> None:
    rows = [row for each in a_busy_week().operations for row in rows_of(each)]
    for n, name in itertools.product(range(len(rows)), COLUMNS):
        changed = [dict(each) for each in rows]
        value = changed[n][name]
        changed[n][name] = str(int(value) + 1) if value.isdecimal() else value + "x" if not value.endswith("Z") else value[:-2] + "1Z"
        assert verify(changed).count, (n, name)


def test_a_row_that_is_left_out_or_swapped_is_found() -> None:
    rows = [row for each in a_busy_week().operations for row in rows_of(each)]
    for n in range(len(rows) - 1):
        assert verify([*rows[:n], *rows[n + 1 :]]).count, n
        assert verify([*rows[:n], rows[n + 1], rows[n], *rows[n + 2 :]]).count, n
    last = verify(rows[:-1])
    assert last.holds, "a cut end cannot be seen in the file itself"
    assert verify(rows[:-1], expected={"example": rows[-1]["hash"]}).problems[0].rule == "链尾"


def forged(**changes: Any) -> set[str]:
    """The rules that catch a forger who changes an operation of the busy week and hashes everything after it anew."""
    from yangban.points.ledger import hash_of

    number = changes.pop("number")
    operations, previous = [], GENESIS
    for each in a_busy_week().operations:
        made = replace(each, **(changes if each.number == number else {}), previous_hash=previous)
        made = replace(made, hash=hash_of(made))
        previous = made.hash
        operations.append(made)
    return {each.rule for each in verify(row for one in operations for row in rows_of(one)).problems}


def line_of(number: int, **changes: Any) -> tuple[Any, ...]:
    return tuple(replace(each, **changes) for each in a_busy_week().operations[number - 1].lines)


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("余额", {"number": 1, "lines": line_of(1, amount=11)}),
        ("版本", {"number": 1, "lines": line_of(1, source_version=7)}),
        ("方向", {"number": 1, "lines": line_of(1, source=SHOP)}),
        ("透支", {"number": 1, "lines": line_of(1, source=SHOP)}),
        ("先到期先用", {"number": 6, "lines": line_of(6, lot=3)}),
        ("批次", {"number": 1, "lines": line_of(1, lot=3)}),
        ("到期", {"number": 12, "recorded_at": at(2.9), "happened_at": at(2.9)}),
        ("时间", {"number": 3, "recorded_at": at(0)}),
        ("时间", {"number": 6, "happened_at": at(0)}),
        ("键", {"number": 2, "key": "e1"}),
        ("待定", {"number": 8, "refers_to": 3}),
        ("冲销", {"number": 11, "refers_to": 8}),
        ("冲销", {"number": 11, "refers_to": 77}),
        ("理由", {"number": 9, "reason": ""}),
        ("两人", {"number": 14, "approved_by": "x"}),
        ("注销", {"number": 15, "about": "member:a"}),
        ("种类", {"number": 13, "kind": "gift"}),
        ("编号", {"number": 13, "chain": "example2"}),
    ],
)  # fmt: skip
def test_a_forger_who_hashes_anew_is_caught_by_the_rules(rule: str, changes: dict[str, Any]) -> None:
    assert rule in forged(**changes)


def test_forging_nothing_is_clean() -> None:
    assert forged(number=1) == set()


def test_the_page_names_every_kind_of_operation() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "concepts" / "points-ledger.md").read_text(encoding="utf-8")
    table = page.split("## Operations")[1].split("## Cannot")[0]
    assert sorted(line.split("`")[1] for line in table.splitlines() if line.startswith("| `")) == sorted(MOVES)


def test_every_refusal_is_of_one_family() -> None:
    assert all(issubclass(each, LedgerRefusal) for each in (KeyConflict, NotEnoughPoints, UnknownPosting, WrongState, AccountClosed))
