"""How tasks go, as data: whole files load, each fault is named with file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from yangban.base.errors import BookError, UsageError
from yangban.standards.governance import GOVERNANCE, load_file, load_governance, read, shipped_files


def test_every_shipped_file_is_whole() -> None:
    assert [(each.name, read(each).problems) for each in shipped_files() if read(each).problems] == []


def test_the_days_of_public_notice_are_an_empty_slot() -> None:
    """No published text with a number of days was found."""
    assert load_governance().acceptances["acceptance"].notice_days is None


def test_names_that_are_not_there_are_refused_with_what_is_near() -> None:
    with pytest.raises(UsageError, match="yearly"):
        load_governance().workflow("yearl")
    with pytest.raises(UsageError, match="guangyuan-2018"):
        load_governance().ladder("guangyuan")


def test_an_own_file_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    path = tmp_path / "acceptance.toml"
    text = (GOVERNANCE / "acceptance.toml").read_text(encoding="utf-8")
    path.write_text(text.replace('kind = "acceptance"', 'kind = "acceptance"\nnotice_days = 10'), encoding="utf-8")
    assert load_governance([path]).acceptances["acceptance"].notice_days == 10
    assert load_governance().acceptances["acceptance"].notice_days is None


@pytest.mark.parametrize(
    ("file", "old", "new", "key"),
    [
        ("yearly", 'kind = "workflow"', 'kind = "flow"', "kind"),
        ("yearly", 'title_en = "Ordinary yearly tasks"', "", "title_en"),
        ("yearly", 'role = "lead"', 'role = "leader"', "move[split].who.role"),
        ("yearly", 'level = "own"', 'level = "mine"', "move[issue].who.level"),
        ("yearly", 'to = "confirmed"', 'to = "agreed"', "move[confirm].to"),
        ("yearly", 'from = ["reported"]', 'from = ["told"]', "move[return].from"),
        ("yearly", '"filing", "archive"', '"filing", "box"', "move[close].needs"),
        ("yearly", 'guards = ["parts_closed", "dossier_complete"]', 'guards = ["weather"]', "move[apply].guards"),
        ("yearly", 'effects = ["close"]', 'effects = ["vanish"]', "move[close].effects"),
        ("yearly", "from = []", 'from = ["closed"]', "move"),
        ("yearly", 'name = "已下达"', 'name = ""', "state[issued].name"),
        ("yearly", "ends = true", "", "state[closed]"),
        ("ladder-longchang", "{ red = 3 }", "{ pink = 3 }", "rule[talk].colours"),
        ("ladder-longchang", "{ red = 3 }", "{ red = 0 }", "rule[talk].colours.red"),
        ("ladder-longchang", 'step = "talk"', 'step = "walk"', "rule[walk].step"),
        ("signals-default", 'key = "overdue"', 'key = "late"', "signal[late].key"),
        ("red-lines-2026", 'flag = "ranks"', 'flag = "likes"', "line[ranking_of_persons].flag"),
        ("red-lines-2026", 'kinds = ["photo"]', "", "line[compulsory_photo].kinds"),
        ("acceptance", 'clause = "验收标准"', "", "criterion[measures].clause"),
    ],
)
def test_each_fault_is_named(tmp_path: Path, file: str, old: str, new: str, key: str) -> None:
    text = (GOVERNANCE / f"{file}.toml").read_text(encoding="utf-8")
    path = tmp_path / f"{file}.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert old in text
    with pytest.raises(BookError) as refusal:
        load_file(path)
    assert (refusal.value.file, refusal.value.key) == (path.name, key)
