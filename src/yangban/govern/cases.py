"""Cases of practice: what a submission must say, how it goes from draft to the library and out of it again. Pure.

A case answers four questions: what the situation was, what was done, what came of it, what others can copy. Each save is a version; a
version is never changed. What the public reads is one version, published by somebody who neither wrote nor accepted it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from yangban.base.errors import NotAllowed

SECTIONS: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "situation": ("背景与问题", "Situation", "原来是什么情况，难在哪里", "How things stood, and what was hard"),
    "practice": ("主要做法", "Practice", "谁做了什么，按什么次序，花了多少钱", "Who did what, in what order, at what cost"),
    "result": ("取得成效", "Result", "变化在哪里；数字请从已发布结果中选，附在下面", "What changed; numbers come from released results"),
    "lesson": ("可复制经验", "What can be copied", "别处照做需要什么条件，要避开什么", "What others need for it, and what to avoid"),
}  # fmt: skip
"""The parts of the template: name and hint in Chinese and English."""

TITLE: Final = 60
SUMMARY: Final = 200
SECTION: Final = 6000
MOST_TAGS: Final = 8
TAG: Final = 12
MOST_PICTURES: Final = 12
MOST_FIGURES: Final = 12
ALT: Final = 120
CAPTION: Final = 60


@dataclass(frozen=True)
class Move:
    """A step of a case: from which states, to which, and whether it needs words."""

    name: str
    name_en: str
    frm: tuple[str, ...]
    to: str
    words: bool = False


STATES: Final[Mapping[str, tuple[str, str]]] = {
    "draft": ("草稿", "Draft"),
    "submitted": ("待审核", "Submitted"),
    "returned": ("退回修改", "Returned"),
    "accepted": ("编辑中", "Accepted, being edited"),
    "published": ("已发布", "Published"),
    "withdrawn": ("已撤下", "Withdrawn"),
    "declined": ("未采用", "Not taken"),
}
"""The states and how they are called."""

MOVES: Final[Mapping[str, Move]] = {
    "submit": Move("报送", "Submit", ("draft", "returned"), "submitted"),
    "recall": Move("撤回修改", "Take back", ("submitted",), "draft"),
    "return": Move("退回修改", "Return", ("submitted", "accepted"), "returned", words=True),
    "decline": Move("不采用", "Decline", ("submitted", "accepted"), "declined", words=True),
    "accept": Move("采用", "Accept", ("submitted",), "accepted"),
    "publish": Move("发布", "Publish", ("accepted", "published"), "published"),
    "withdraw": Move("撤下", "Withdraw", ("published",), "withdrawn", words=True),
    "reopen": Move("重新编辑", "Edit again", ("withdrawn", "declined"), "accepted", words=True),
}
"""Every step that there is."""

WRITTEN_BY_SUBMITTER: Final = ("draft", "returned")
WRITTEN_BY_EDITOR: Final = ("accepted", "published")
"""In which states who may write a new version."""


def moved(state: str, move: str, words: str = "") -> str:
    """The state after a step. Raises :class:`~yangban.base.errors.NotAllowed` for one that the state does not allow."""
    step = MOVES[move]
    if state not in step.frm:
        allowed = "、".join(STATES[each][0] for each in step.frm)
        raise NotAllowed("state", f"“{STATES[state][0]}”的案例不能{step.name}；只有“{allowed}”的可以")
    if step.words and not words.strip():
        raise NotAllowed("facts", f"{step.name}要写明理由")
    return step.to


def open_moves(state: str) -> tuple[str, ...]:
    """The steps that a state allows, in the order of the table."""
    return tuple(name for name, step in MOVES.items() if state in step.frm)


def tags_of(text: str) -> tuple[str, ...]:
    """Tags from what somebody typed, each once.

    >>> tags_of("湿地，水环境、 湿地 矿山修复")
    ('湿地', '水环境', '矿山修复')
    """
    for mark in "，,、;；#\n\t　":
        text = text.replace(mark, " ")
    return tuple(dict.fromkeys(text.split()))


def text_problems(said: Mapping[str, str], *, whole: bool) -> tuple[str, ...]:
    """What is wrong with a text; ``whole``: as it is asked when it is submitted, where a draft may still be short."""
    found: list[str] = []
    named = {"title": ("标题", TITLE), "summary": ("摘要", SUMMARY), **{key: (each[0], SECTION) for key, each in SECTIONS.items()}}
    for key, (name, most) in named.items():
        text = said.get(key, "")
        if len(text) > most:
            found.append(f"{name}有 {len(text)} 字，最多 {most} 字")
        if whole and not text.strip():
            found.append(f"{name}没有写")
    if not said.get("title", "").strip() and not whole:
        found.append("标题没有写")
    return tuple(found)


def tag_problems(tags: Sequence[str]) -> tuple[str, ...]:
    """What is wrong with tags."""
    found = [f"标签“{each[:20]}”超过 {TAG} 字" for each in tags if len(each) > TAG]
    if len(tags) > MOST_TAGS:
        found.append(f"标签有 {len(tags)} 个，最多 {MOST_TAGS} 个")
    return tuple(found)


def picture_problems(pictures: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """What is wrong with what is said of pictures: each needs a text for those who do not see it."""
    found = []
    for number, each in enumerate(pictures, start=1):
        if not each["alt"].strip():
            found.append(f"第 {number} 张图片没有写替代文字（给看不见图片的人）")
        if len(each["alt"]) > ALT:
            found.append(f"第 {number} 张图片的替代文字超过 {ALT} 字")
        if len(each["caption"]) > CAPTION:
            found.append(f"第 {number} 张图片的图题超过 {CAPTION} 字")
    if len(pictures) > MOST_PICTURES:
        found.append(f"图片有 {len(pictures)} 张，最多 {MOST_PICTURES} 张")
    return tuple(found)


@dataclass(frozen=True)
class Call:
    """Who may answer a call for cases, and until when; empty lists ask everybody."""

    opens: date
    deadline: date
    kinds: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()

    def refusal(self, day: date, kind: str, level: str) -> str:
        """Why an organisation cannot answer on a day; empty when it can. Both days of the call are days of it."""
        if day < self.opens:
            return f"征集从 {self.opens:%Y-%m-%d} 开始"
        if day > self.deadline:
            return f"征集已于 {self.deadline:%Y-%m-%d} 截止"
        if self.kinds and kind not in self.kinds:
            return "这次征集不向这类单位征集"
        if self.levels and level not in self.levels:
            return "这次征集不向这一级征集"
        return ""
