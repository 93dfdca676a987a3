"""``yangban systems``: indicator systems: list, show, check files, hold a place against one, score it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from yangban.cli.common import (
    DEFAULT_WORKSPACE,
    MARKS,
    JsonOption,
    WorkspaceOption,
    console,
    print_json,
    subject_code,
    text_row,
    three_line_table,
)

if TYPE_CHECKING:
    from yangban.indicators.scores import Score
    from yangban.indicators.systems import Gathered, SystemCheck
    from yangban.standards.systems import Item, System, Systems, Weights

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="指标体系：列出、查看、检查文件、逐项判断和计分  Indicator systems: list, show, check, judge and score",
)

FilesOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--file", "-f", help="自己的体系或权重集（TOML），可多次  Your own system or set of weights.", exists=True, dir_okay=False
    ),
]
NameArgument = Annotated[str, typer.Argument(metavar="ID", help="体系编号，如 evaluation-2020  A system.")]

_LEGEND: Final = "● 官方文本或多源核实　○ 单一来源　△ 未核实，待读正式文本　？ 未知，空位待填"
_COMBINE: Final = {"none": "逐项判断", "all_met": "全部达到", "weighted": "加权平均", "points": "计分", "unknown": "算法未知"}
_RANKING: Final = {"allowed": "允许", "forbidden": "禁止", "unknown": "未说明"}
_LEVELS: Final = {"province": "省", "city": "市", "county": "县"}
_BINDING: Final = {"binding": "约束", "reference": "参考", "unknown": "—"}
_BETTER: Final = {"low": "越小越好", "high": "越大越好", "none": ""}


@app.command("list")
def list_(files: FilesOption = None, json: JsonOption = False) -> None:
    """列出指标体系  List the systems."""
    known = _load(files)
    if json:
        print_json([_head(each) for each in known.systems.values()])
        return
    table = three_line_table("指标体系")
    for head, justify in (("编号", "left"), ("名称", "left"), ("文号", "left"), ("指标", "right"), ("层级", "left"), ("得出", "left"),
                          ("排名", "left"), ("空位", "right"), ("可信度", "left")):  # fmt: skip
        table.add_column(head, justify=justify, overflow="fold")
    for each in known.systems.values():
        text_row(
            table, each.id, each.title, each.number, f"{len(each.items)}{'' if each.complete else '（不全）'}",
            "".join(_LEVELS[level] for level in each.levels), _COMBINE[each.combine], _RANKING[each.ranking], str(_slots(each) or ""),
            MARKS[each.confidence],
        )  # fmt: skip
    out = console()
    out.print(table)
    typer.echo(f"预警规则：{'、'.join(known.warnings)}。查看一个：yangban systems show 编号")
    typer.echo(_LEGEND)


@app.command()
def show(name: NameArgument, files: FilesOption = None, json: JsonOption = False) -> None:
    """查看一个体系：指标、要求、约束性、可信度、空位  Show one system."""
    from yangban.indicators.requirements import requirement_words
    from yangban.standards.model import plain_value

    system = _load(files).system(name)
    if json:
        print_json({**_head(system), **{key: _plain(plain_value, getattr(system, key)) for key in _PARTS}})
        return
    out = console()
    typer.echo(f"{system.title}　{system.number}")
    typer.echo(system.title_en)
    issued = system.issued.isoformat() if system.issued else "日期未查到"
    typer.echo(f"发布　{system.issuer}，{issued}　　核对　{system.checked}　{MARKS[system.confidence]}")
    typer.echo(f"得出　{_COMBINE[system.combine]}　　排名　{_RANKING[system.ranking]}　　用于考核干部　{_RANKING[system.appraisal]}")
    typer.echo(f"来源　{'；'.join(system.source)}")
    if system.note:
        typer.echo(f"说明　{system.note}")
    domains = {each.key: each.name for each in system.dimensions}
    scored = system.combine in {"points", "weighted"}
    table = three_line_table("指标" if system.complete else "指标（不全：只列已知的）")
    for head, justify in (("序号", "right"), ("领域", "left"), ("指标", "left"), ("单位", "left"), ("要求", "left"), ("性质", "left"),
                          *((("权重或分值", "right"),) if scored else ()), ("", "left")):  # fmt: skip
        table.add_column(head, justify=justify, overflow="fold")
    for item in system.items:
        text_row(
            table, item.no, domains.get(item.dimension, "—"), _name(item), item.unit,
            "；".join(requirement_words(each, item) for each in item.requirements) or "—", _binding(item),
            *((_slot(item.points if system.combine == "points" else item.weight),) if scored else ()), MARKS[item.confidence],
        )  # fmt: skip
    out.print(table)
    if system.grades:
        typer.echo("等级　" + "，".join(f"{g.name}（{'分数线未知' if g.at_least is None else f'≥{g.at_least:f}'}）" for g in system.grades))
    for adjustment in system.adjustments:
        limit = "上限未知" if adjustment.most is None else f"上限 {adjustment.most:f}"
        typer.echo(f"{adjustment.name}（{adjustment.sign}）　{limit}")
    for veto in system.vetoes:
        typer.echo(f"否决　{veto.name}：不得评为{'、'.join(veto.bars)}")
    for fact in system.facts:
        typer.echo(f"规定　{fact.text}　{MARKS[fact.confidence]}")
    for one in system.sets:
        typer.echo(f"权重集　{one.id}：{one.title}" + ("（示例，不是官方数字）" if one.example else f"（{'；'.join(one.source)}）"))
    typer.echo(_LEGEND)


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="体系、权重集、预警规则或数值文件", exists=True, dir_okay=False)],
    json: JsonOption = False,
) -> None:
    """检查自己写的文件，有问题则退出码为1  Check your own files."""
    from yangban.base.errors import BookError
    from yangban.standards.systems import load_given, load_systems, read

    rows: list[dict[str, Any]] = []
    for file in files:
        report = read(file)
        kind, problems = report.kind, list(report.problems)
        if kind == "values":
            try:
                load_given(file)
                problems = []
            except BookError as problem:
                problems = [problem]
        elif not problems:
            try:
                load_systems([each for each in files if read(each).made is not None])
            except BookError as problem:
                problems = [problem] if problem.file == report.file else []
        rows.append({"file": file.name, "kind": kind, "problems": [{"key": each.key, "problem": each.problem} for each in problems]})
    if json:
        print_json(rows)
    else:
        for row in rows:
            typer.echo(f"{'✗ 有误' if row['problems'] else '✓ 无误'}  {row['file']}")
            for each in row["problems"]:
                typer.echo(f"    {each['key']}: {each['problem']}")
    if any(row["problems"] for row in rows):
        raise typer.Exit(1)


@app.command()
def score(
    name: NameArgument,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    region: Annotated[str | None, typer.Option("--region", "-r", help="地区代码或名称，可用逗号并列  Code(s) or name(s).")] = None,
    period: Annotated[str | None, typer.Option("--period", "-p", help="时段，如 2023  Period.")] = None,
    set_id: Annotated[str, typer.Option("--set", help="权重集的编号，如 example  A set of weights.")] = "",
    values: Annotated[
        Path | None, typer.Option("--values", help="数值文件（TOML），不用工作区  A file of values.", exists=True, dir_okay=False)
    ] = None,
    example: Annotated[bool, typer.Option("--example", help="用随附的示例数值  The shipped example.")] = False,
    rank: Annotated[bool, typer.Option("--rank", help="给各地区排名（体系禁止的则拒绝）  Rank the regions.")] = False,
    prefer: Annotated[str, typer.Option("--prefer", help="计算值与填报值并存时用哪个：computed、reported")] = "",
    targets: Annotated[Path | None, typer.Option("--targets", help="目标文件（TOML）  A file of targets.", dir_okay=False)] = None,
    files: FilesOption = None,
    json: JsonOption = False,
) -> None:
    """逐项判断并计分；没有公布权重的拒绝计分，并说明缺什么  Judge each indicator, and score."""
    from yangban.base.errors import UsageError
    from yangban.indicators.scores import rank_scores
    from yangban.indicators.scores import score as scored
    from yangban.indicators.systems import check_system, from_given
    from yangban.standards.systems import example as shipped_example
    from yangban.standards.systems import load_given

    system = _load(files).system(name)
    if rank and system.ranking == "forbidden":
        rank_scores(system, [])
    if example or values is not None:
        given = load_given(values) if values is not None else shipped_example(name)
        if given is None:
            raise UsageError(f"{name} 没有随附的示例；请用 --values 文件")
        places = [from_given(system, given)]
        set_id = set_id or given.set
    else:
        if region is None or period is None:
            raise UsageError("请写明 --region 和 --period，或用 --values 文件、--example")
        places = _from_workspace(system, workspace, region, period, prefer, targets)
    weights = system.weights(set_id) if set_id else None
    made = [(check_system(system, each), scored(system, each, weights=weights)) for each in places]
    ranks = {id(one): place for place, one in rank_scores(system, [one for _, one in made])} if rank else {}
    if json:
        print_json([{**one.to_dict(), "rank": ranks.get(id(one)), "check": checked.to_dict()} for checked, one in made])
        return
    for checked, one in made:
        _print_score(system, checked, one, weights, ranks.get(id(one)))


# ------------------------------------------------------------------------------------------------------------------ pieces

_PARTS: Final = ("dimensions", "items", "grades", "adjustments", "vetoes", "facts", "sets")


def _load(files: Sequence[Path] | None) -> Systems:
    from yangban.standards.systems import load_systems

    return load_systems(files or ())


def _plain(how: Any, value: Any) -> Any:
    """Parts of a system in the types that JSON knows; read-only mappings become plain ones."""
    from collections.abc import Mapping
    from dataclasses import fields, is_dataclass

    if isinstance(value, tuple):
        return [_plain(how, each) for each in value]
    if isinstance(value, Mapping):
        return {key: _plain(how, each) for key, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(how, getattr(value, each.name)) for each in fields(value)}
    return how(value)


def _head(system: System) -> dict[str, Any]:
    return {
        "id": system.id,
        "title": system.title,
        "title_en": system.title_en,
        "number": system.number,
        "issuer": system.issuer,
        "issued": None if system.issued is None else system.issued.isoformat(),
        "checked": system.checked.isoformat(),
        "confidence": system.confidence,
        "combine": system.combine,
        "ranking": system.ranking,
        "appraisal": system.appraisal,
        "levels": list(system.levels),
        "complete": system.complete,
        "indicators": len(system.items),
        "empty_slots": _slots(system),
    }


def _slots(system: System) -> int:
    """Numbers that the text must hold and that were not found."""
    weighed = [item.points if system.combine == "points" else item.weight for item in system.items]
    empty = sum(each is None for each in weighed) if system.combine in {"points", "weighted"} else 0
    empty += sum(each.at_least is None for each in system.grades) + sum(each.most is None for each in system.adjustments)
    return empty + sum(part.type == "unknown" for item in system.items for part in item.requirements)


def _slot(number: Any) -> str:
    return "空位" if number is None else f"{number:f}"


def _name(item: Item) -> str:
    where = f"（仅有 {item.only_where} 的地方）" if item.only_where else ""
    return f"{item.name}{where}"


def _binding(item: Item) -> str:
    words = {level: _BINDING[item.binding.get(level, "unknown")] for level in item.levels}
    if len(set(words.values())) == 1:
        return next(iter(words.values()))
    return "，".join(f"{_LEVELS[level]}{word}" for level, word in words.items())


def _from_workspace(system: System, workspace: Path, region: str, period: str, prefer: str, targets: Path | None) -> list[Gathered]:
    """The facts of each region from a workspace's Figures, reported values and targets."""
    from yangban.base.periods import parse
    from yangban.base.regions import place
    from yangban.indicators.systems import gather, place_of
    from yangban.indicators.values import from_figure, from_reported
    from yangban.publish.dispatch import targets_for
    from yangban.readings.reported import load, newest
    from yangban.readings.workspace import Workspace
    from yangban.run.local import assessed_years, open_results

    opened = Workspace.open(workspace)
    when = parse(period)
    words = [item.figure for item in system.items if item.figure.startswith("air.")]
    reported = [from_reported(each) for each in newest(load(opened))]
    results = open_results(opened) if words and assessed_years(opened) else None
    found = []
    for text in region.replace("，", ",").split(","):
        code = subject_code(text.strip())
        computed = []
        if results is not None:
            for one in (when, when.year_before()):
                computed += [from_figure(each) for each in results.figures(subjects=[code], periods=[one], indicators=words)]
        level = place(code).level
        mine = [each for each in reported if each.subject == code]
        found.append(
            gather(
                system,
                place_of(code, level, when.label, mine),
                computed=computed,
                reported=mine,
                targets=targets_for(opened, code, file=targets),
                prefer=prefer,
            )
        )
    return found


def _print_score(system: System, checked: SystemCheck, one: Score, weights: Weights | None, rank: int | None) -> None:
    from yangban.base.errors import UnknownRegion
    from yangban.base.regions import subject_name
    from yangban.indicators.requirements import NO_DATA, NOT_APPLICABLE, OUTCOMES, SYMBOLS, requirement_words
    from yangban.indicators.scores import STATUS_WORDS
    from yangban.indicators.systems import VERDICTS
    from yangban.indicators.values import ORIGINS, shown

    try:
        name = subject_name(one.subject)
    except UnknownRegion:
        name = one.subject
    out = console()
    marks = "".join(("（合成数据，不是真实结果）" if one.synthetic else "", "（示例权重，不是官方结果）" if one.example else ""))
    typer.echo(f"{name} {one.period}　{system.title}{marks}")
    judged = [each for each in checked.checks if each.parts or (each.value is not None and each.item.requirements)]
    if judged:
        table = three_line_table("逐项判断")
        for head, justify in (("指标", "left"), ("数值", "right"), ("来源", "left"), ("要求", "left"), ("结果", "left"), ("说明", "left"),
                              ("", "left")):  # fmt: skip
            table.add_column(head, justify=justify, overflow="fold")
        for each in judged:
            if each.value is None and each.outcome == NO_DATA:
                continue
            value = each.value
            text_row(
                table, each.item.name, "—" if value is None else shown(value), "" if value is None else ORIGINS[value.origin],
                "；".join(requirement_words(part.requirement, each.item) for part in each.parts) or "—",
                f"{SYMBOLS[each.outcome]} {OUTCOMES[each.outcome]}", "；".join(each.reasons), MARKS[each.item.confidence],
            )  # fmt: skip
        out.print(table)
    if any(each.item.requirements for each in checked.checks):
        empty = [f"{each.item.name}（{each.item.reported}）" for each in judged if each.value is None and each.outcome == NO_DATA]
        needed = [each for each in checked.checks if each not in judged and each.item.requirements and each.outcome == NO_DATA]
        other = [each.item.name for each in checked.checks if each.outcome == NOT_APPLICABLE]
        typer.echo("，".join(f"{OUTCOMES[outcome]} {n} 项" for outcome, n in checked.counts.items() if n) + "。")
        if empty:
            typer.echo(f"没有数值的：{'、'.join(empty)}")
        for each in needed:
            typer.echo(f"无法判断：{each.item.name}：{'；'.join(each.reasons)}")
        if other:
            typer.echo(f"不适用的：{'、'.join(other)}")
    if system.combine == "all_met":
        typer.echo("；".join((f"结论：{VERDICTS[checked.verdict]}", *checked.reasons)))
    if one.items:
        _print_parts(system, one, weights)
    if one.display is not None:
        of = "" if one.full is None else f"（满分 {one.to_dict()['full']}）"
        grade = f"　等级：{one.grade}{'（暂定）' if one.provisional else ''}" if one.grade else ""
        typer.echo(f"总分 {one.display:f}{of}{grade}" + (f"　第 {rank} 名" if rank else ""))
    else:
        typer.echo("无总分" if system.combine in {"none", "all_met"} else STATUS_WORDS[one.status])
    for reason in one.reasons:
        typer.echo(f"　· {reason}")
    for note in one.notes:
        typer.echo(f"　注：{note}")


def _print_parts(system: System, one: Score, weights: Weights | None) -> None:
    """The table of the points and how each came."""
    table = three_line_table("计分" if weights is None else f"计分（权重集 {weights.id}）")
    weighted = system.combine == "weighted"
    for head, justify in (("指标", "left"), ("数值", "right"), ("满分", "right"), *((("权重", "right"),) if weighted else ()),
                          ("得分", "right"), ("算法", "left")):  # fmt: skip
        table.add_column(head, justify=justify, overflow="fold")
    for item in one.items:
        row = item.to_dict()
        how = item.rule if item.earned is not None else "；".join(item.notes)
        text_row(table, item.item.name, item.value, row["full"], *((row["weight"] or "—",) if weighted else ()), row["earned"] or "—", how)
    for each in one.adjustments:
        row = each.to_dict()
        text_row(table, each.name, row["reported"] or "—", "", *(("",) if weighted else ()), f"{each.sign}{row['counted']}", each.note)
    console().print(table)
