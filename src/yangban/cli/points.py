"""``yangban points``: schemes of carbon points, what an event earns, and the proof of an exported ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from yangban.base.errors import UsageError
from yangban.cli.common import MARKS, JsonOption, console, print_json, text_row, three_line_table

if TYPE_CHECKING:
    from yangban.points.award import Already, Award, Event, Refusal
    from yangban.points.events import BadRecord
    from yangban.standards.points import Formula, Method, PointsBook, Scheme, Slot

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="碳积分：方案、试算、账本核验  Carbon points: schemes, what-if runs, proof of a ledger",
)

FilesOption = Annotated[
    list[Path] | None,
    typer.Option("--file", "-f", help="自己的方案或因子表（TOML），可多次  Your own schemes or factors.", exists=True, dir_okay=False),
]
_LEGEND: Final = "● 官方文本或多源核实　○ 单一来源　△ 未核实　？ 未知，空位待填"
_SLOTS: Final[Mapping[str, str]] = {
    "late_days": "上报期限",
    "delay_days": "到账延迟",
    "claim_days": "领取期限",
    "expiry_days": "有效期",
    "rounding": "取整",
    "effective": "施行日",
}
_SCREEN: Final = 40


@app.command()
def schemes(files: FilesOption = None, json: JsonOption = False) -> None:
    """列出积分方案  List the schemes."""
    book = _load(files)
    if json:
        print_json([_head(each) for each in book.schemes.values()])
        return
    table = three_line_table("碳积分方案")
    for head, justify in (("编号", "left"), ("名称", "left"), ("地区", "left"), ("施行", "left"), ("行为", "right"), ("方法", "right"),
                          ("积分", "left"), ("克数", "left"), ("可信度", "left")):  # fmt: skip
        table.add_column(head, justify=justify, overflow="fold")
    for each in book.schemes.values():
        text_row(
            table,
            each.id,
            each.title + ("（示例）" if each.example else ""),
            each.region,
            _span(each.start, each.end),
            str(len(each.behaviours)),
            str(len(each.methods)),
            _share([m.points for m in each.methods]),
            _share([m.grams for m in each.methods]),
            MARKS[each.confidence],
        )
    console().print(table)
    typer.echo(f"因子表：{'、'.join(book.factors)}。查看一个：yangban points show 编号")
    typer.echo(_LEGEND)


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="ID", help="方案或因子表的编号，如 fuzhou-lvbao  A scheme or a table of factors.")],
    on: Annotated[str | None, typer.Option("--on", help="只看某天有效的方法，如 2018-03-04  The methods in force on a day.")] = None,
    files: FilesOption = None,
    json: JsonOption = False,
) -> None:
    """查看一个方案：行为、方法、算式、起止日、来源  Show one scheme or table of factors."""
    book = _load(files)
    if name in book.factors:
        _show_factors(book, name, json)
        return
    scheme = book.scheme(name)
    day = _day(on)
    methods = [each for each in scheme.methods if day is None or each.start <= day <= (each.end or date.max)]
    if json:
        print_json({**_head(scheme), "methods": _plain(methods), **{key: _plain(getattr(scheme, key)) for key in _PARTS}})
        return
    typer.echo(f"{scheme.title}　{MARKS[scheme.confidence]}" + ("　示例，不是任何地方的规则" if scheme.example else ""))
    typer.echo(scheme.title_en)
    typer.echo(f"主办　{scheme.issuer}　　施行　{_span(scheme.start, scheme.end)}　　核对　{scheme.checked}")
    typer.echo(f"来源　{'；'.join(scheme.source)}")
    if scheme.note:
        typer.echo(f"说明　{scheme.note}")
    names = {each.key: each.name for each in scheme.behaviours}
    table = three_line_table("方法" if day is None else f"{day} 有效的方法")
    for head in ("行为", "方法", "起止", "凭证", "积分", "减排", "依据", ""):
        table.add_column(head, overflow="fold", no_wrap=head == "起止")
    kinds = {each.key: each.name for each in scheme.evidence}
    for each in methods:
        text_row(
            table,
            names[each.behaviour],
            each.key,
            _method_span(each),
            "、".join(kinds[key] for key in each.evidence) or "—",
            _formula(scheme, each.points, scheme.point_name),
            _formula(scheme, each.grams, "克"),
            each.clause,
            MARKS[each.confidence],
        )
    console().print(table)
    for cap in scheme.caps:
        what = f"{cap.points:f} {scheme.point_name}" if cap.points is not None else f"{cap.acts} 次"
        typer.echo(f"上限　{_PERS[cap.per]}{what}　{'、'.join(names[key] for key in cap.behaviours) or '全部行为'}")
    for factor in scheme.factors.values():
        typer.echo(
            f"因子　{factor.name} {'未公布' if factor.value is None else f'{factor.value:f} {factor.unit}'}　{MARKS[factor.confidence]}"
        )
    kept = {key: getattr(scheme, key) for key in ("late_days", "delay_days", "claim_days", "expiry_days")}
    typer.echo("期限　" + "，".join(f"{_SLOTS[key]} {value} 天" for key, value in kept.items() if value is not None) if any(
        value is not None for value in kept.values()) else "期限　没有公布")  # fmt: skip
    if scheme.unpublished:
        typer.echo(f"空位　{'、'.join(_SLOTS[key] for key in scheme.unpublished)}没有公布")
    typer.echo(_LEGEND)


@app.command()
def award(
    scheme: Annotated[list[str], typer.Option("--scheme", "-s", help="方案编号，可多次以便并列  Scheme(s), side by side.")],
    event: Annotated[str, typer.Option("--event", "-e", help="事件文件 .csv .xlsx .json，或一个 JSON 对象  A file of events, or JSON.")],
    working: Annotated[bool, typer.Option("--working", help="列出每一步算式  Show each step.")] = False,
    files: FilesOption = None,
    json: JsonOption = False,
) -> None:
    """试算：这些事件按这个方案得多少积分、减排多少克；不记账  What events would earn; nothing is posted."""
    from yangban.points.award import award_all
    from yangban.points.events import events_of
    from yangban.readings.records import parse_records, read_records

    book = _load(files)
    chosen = [book.scheme(each) for each in scheme]
    inline = event.lstrip().startswith(("{", "["))
    records = parse_records(event, "--event") if inline else read_records(Path(event))
    runs: list[tuple[Scheme, list[tuple[int, Event]], list[Any]]] = []
    bad: list[BadRecord] = []
    for each in chosen:
        events, bad = events_of(((r.line, r.cells) for r in records), {b.name: b.key for b in each.behaviours})
        events.sort(key=lambda pair: (pair[1].received_at, pair[0]))
        runs.append((each, events, award_all(book, each, [one for _, one in events])))
    if json:
        print_json(
            {
                "schemes": [
                    {
                        **_sums(each, answers),
                        "events": [{"line": line, **one.to_dict()} for (line, _), one in zip(events, answers, strict=True)],
                    }
                    for each, events, answers in runs
                ],
                "rejected": [{"line": each.line, "reason": each.reason} for each in bad],
            }
        )
        return
    for each, events, answers in runs:
        _print_run(each, events, answers, working)
    for row in bad[:_SCREEN]:
        typer.echo(f"✗ 第{row.line}条 不是事件：{row.reason}")
    if len(bad) > _SCREEN:
        typer.echo(f"……共 {len(bad)} 条不是事件；全部见 --json")


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="导出的账本 .csv  An exported ledger.")],
    heads: Annotated[list[str] | None, typer.Option("--head", help="已公布的链尾，如 example=ab12…  A published head.")] = None,
    json: JsonOption = False,
) -> None:
    """核验导出的账本：链、余额、批次、先到期先用；有问题则退出码为1  Prove an exported ledger."""
    from yangban.points.ledger import COLUMNS
    from yangban.points.verify import verify as prove
    from yangban.readings.records import stream_rows

    expected: dict[str, str] = {}
    for each in heads or ():
        chain, sign, known = each.rpartition("=")
        if not sign or len(known) != 64:
            raise UsageError(f"--head 为 {each!r}，应为 链名=64位哈希")
        expected[chain] = known
    proof = prove(stream_rows(file, COLUMNS), expected=expected)
    if json:
        print_json(proof.to_dict())
    else:
        typer.echo(f"{'✓ 账本完好' if proof.holds else f'✗ 发现 {proof.count} 处不符'}　{file}")
        typer.echo(f"操作 {proof.operations:,}　行 {proof.lines:,}　账户 {proof.accounts:,}　批次 {proof.lots:,}")
        typer.echo("余额　" + "　".join(f"{_ACCOUNTS[kind]} {amount:,}" for kind, amount in proof.sums.items()))
        for chain, (number, known) in proof.heads.items():
            typer.echo(f"链尾　{chain}　第 {number:,} 笔　{known}")
        for problem in proof.problems:
            typer.echo(f"    {problem}")
        if proof.count > len(proof.problems):
            typer.echo(f"    ……另有 {proof.count - len(proof.problems)} 处")
        if not expected and proof.holds:
            typer.echo("文件本身看不出末尾被截去：请用 --head 链名=哈希 与已公布的链尾核对。")
    if not proof.holds:
        raise typer.Exit(1)


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="自己写的方案、因子表、复核规则等", exists=True, dir_okay=False)],
    json: JsonOption = False,
) -> None:
    """检查自己写的文件，有问题则退出码为1  Check your own files."""
    from yangban.base.errors import BookError
    from yangban.points.redlines import face_of, violations
    from yangban.standards.points import Scheme, load_points, read_points

    reports = [read_points(each) for each in files]
    rows = [{"file": each.file, "problems": [{"key": p.key, "problem": p.problem} for p in each.problems]} for each in reports]
    if not any(each.problems for each in reports):
        try:
            book = load_points(files)
        except BookError as told:
            next(row for row in rows if row["file"] == told.file)["problems"] = [{"key": told.key, "problem": told.problem}]
        else:
            for row, report in zip(rows, reports, strict=True):
                if isinstance(report.made, Scheme):
                    lines = [each for known in book.redlines.values() for each in violations(known, face_of(report.made))]
                    row["problems"] = [{"key": each.line, "problem": f"{each.text}（{each.clause}）"} for each in lines]
    if json:
        print_json(rows)
    else:
        for row in rows:
            typer.echo(f"{'✗ 有误' if row['problems'] else '✓ 无误'}  {row['file']}")
            for each in row["problems"]:
                typer.echo(f"    {each['key']}: {each['problem']}")  # type: ignore[index]
    if any(row["problems"] for row in rows):
        raise typer.Exit(1)


# ------------------------------------------------------------------------------------------------------------------ pieces

_PARTS: Final = ("behaviours", "evidence", "caps", "factors")
_PERS: Final = {"day": "每天", "month": "每月", "year": "每年"}
_ACCOUNTS: Final = {"issue": "发行", "member": "会员", "institution": "机构", "held": "待定", "merchant": "商户", "expired": "过期"}


def _load(files: Sequence[Path] | None) -> PointsBook:
    from yangban.standards.points import load_points

    return load_points(files or ())


def _head(scheme: Scheme) -> dict[str, Any]:
    return {
        "id": scheme.id, "title": scheme.title, "title_en": scheme.title_en, "issuer": scheme.issuer, "region": scheme.region,
        "effective": _plain(scheme.start), "ended": _plain(scheme.end), "example": scheme.example, "point_name": scheme.point_name,
        "decimals": scheme.decimals, "behaviour_count": len(scheme.behaviours), "method_count": len(scheme.methods),
        "unpublished": list(scheme.unpublished), "confidence": scheme.confidence, "source": list(scheme.source), "note": scheme.note,
    }  # fmt: skip


def _plain(value: Any) -> Any:
    """Parts of a scheme in the types that JSON knows."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    return (None if value == date.min else value.isoformat()) if isinstance(value, date) else value


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--on 为 {text!r}，应为日期，如 2018-03-04") from None


def _span(start: date | None, end: date | None) -> str:
    if start is None and end is None:
        return "不详"
    return f"{start or ''}—{end or ''}"


def _method_span(method: Method) -> str:
    return _span(None if method.start == date.min else method.start, method.end)


def _share(formulas: Sequence[Formula | None]) -> str:
    found = sum(each is not None for each in formulas)
    return "无" if not found else "有" if found == len(formulas) else f"{found} 项"


def _formula(scheme: Scheme, formula: Formula | None, result: str) -> str:
    """A formula in words."""
    from yangban.points.schemes import unit_words

    if formula is None:
        return "没有公布"
    value, base = _slot(scheme, formula.value), _slot(scheme, formula.baseline)
    words = unit_words(formula.input) if formula.input else ""
    unit = (formula.unit or result).partition("/")[0]
    match formula.kind:
        case "per_act":
            return f"每次 {value} {unit}"
        case "per_unit":
            return f"每{words} {value} {unit}"
        case "per_block":
            return f"每满 {formula.block:f} {words} {value} {unit}"
        case "threshold":
            return f"满 {formula.at_least:f} {words} {value} {unit}"
        case "tiers":
            return "，".join(f"满 {low:f} {words} {worth:f}" for low, worth in formula.tiers) + f" {unit}"
        case "difference":
            return f"每{words} {base} − {value}"
        case "travel":
            return f"{base} × 里程 − Σ 方式 × 里程（{'、'.join(f'{mode} {_slot(scheme, slot)}' for mode, slot in formula.modes.items())}）"
        case "saving":
            return f"（基准 {base} − 实用）× {value}"
        case "of_grams":
            return f"每克 {value} {result}"
        case _:
            return f"每分 {value} 克"


def _slot(scheme: Scheme, slot: Slot) -> str:
    if slot is None:
        return "？"
    if isinstance(slot, Decimal):
        return f"{slot:f}"
    if slot.table in scheme.factors:
        return f"{scheme.factors[slot.table].name}因子"
    area = "所在地" if slot.area == "event" else slot.area
    year = "最新" if slot.year == "latest" else slot.year
    return f"{slot.table} 因子（{area}，{year}）"


def _show_factors(book: PointsBook, name: str, json: bool) -> None:
    from yangban.standards.points import Factors

    found: Factors = book.factors[name]
    if json:
        print_json({key: _plain(getattr(found, key)) for key in ("id", "title", "title_en", "source", "note", "rows")})
        return
    typer.echo(f"{found.title}　{found.title_en}")
    typer.echo(f"来源　{'；'.join(found.source)}")
    typer.echo(f"说明　{found.note}")
    years = sorted({each.year for row in found.rows.values() for each in row if each.year})
    table = three_line_table(f"单位 {next(iter(found.rows.values()))[0].unit}")
    for head, justify in (("地区", "left"), ("名称", "left"), *((str(year), "right") for year in years)):
        table.add_column(head, justify=justify)
    for area, row in found.rows.items():
        values = {each.year: each for each in row}
        cells = [f"{values[year].value:f} {MARKS[values[year].confidence]}" if year in values else "—" for year in years]
        text_row(table, area, row[0].name, *cells)
    console().print(table)
    typer.echo(_LEGEND)


def _sums(scheme: Scheme, answers: Sequence[Award | Refusal | Already]) -> dict[str, Any]:
    from fractions import Fraction

    from yangban.base.exact import plain
    from yangban.points.award import Award, Refusal, shown_points

    made = [each for each in answers if isinstance(each, Award)]
    refused = Counter(each.code for each in answers if isinstance(each, Refusal))
    return {
        "scheme": scheme.id, "example": scheme.example, "awarded": len(made), "refused": dict(refused),
        "already": len(answers) - len(made) - refused.total(),
        "points": shown_points(sum(each.points or 0 for each in made), scheme.decimals),
        "grams": plain(sum((each.grams or Fraction(0) for each in made), Fraction(0))),
        "unverified": sorted({word for each in made for word in each.unverified}),
    }  # fmt: skip


def _print_run(scheme: Scheme, events: Sequence[tuple[int, Event]], answers: Sequence[Any], working: bool) -> None:
    from yangban.base.exact import plain
    from yangban.points.award import REFUSALS, Award, Refusal, shown_points

    table = three_line_table(f"{scheme.title}　试算" + ("（示例方案）" if scheme.example else ""))
    for head, justify in (("行", "right"), ("会员", "left"), ("行为", "left"), ("发生", "left"), ("积分", "right"), ("减排/克", "right"),
                          ("怎么算的，或为什么没有", "left")):  # fmt: skip
        table.add_column(head, justify=justify, overflow="fold")
    names = {each.key: each.name for each in scheme.behaviours}
    for (line, event), one in list(zip(events, answers, strict=True))[:_SCREEN]:
        cells = [str(line), event.member, names.get(event.behaviour, event.behaviour), f"{event.happened_at:%Y-%m-%d %H:%M}"]
        if isinstance(one, Award):
            points = "—" if one.points is None else shown_points(one.points, one.decimals)
            how = "；".join(f"{step.what} {step.working} = {step.result}" for step in one.steps) if working else one.clause
            text_row(table, *cells, points, "—" if one.grams is None else plain(one.grams), how)
        elif isinstance(one, Refusal):
            text_row(table, *cells, "✗", "", f"{REFUSALS[one.code]}：{one.reason}")
        else:
            text_row(table, *cells, "＝", "", "此前已计，不重复")
    console().print(table)
    if len(answers) > _SCREEN:
        typer.echo(f"……共 {len(answers)} 件，以上是前 {_SCREEN} 件；全部见 --json")
    sums = _sums(scheme, answers)
    refused = "，".join(f"{REFUSALS[code]} {count}" for code, count in sums["refused"].items())
    typer.echo(
        f"计分 {sums['awarded']} 件，共 {sums['points']} {scheme.point_name}，减排 {sums['grams']} 克"
        + (f"；未计：{refused}" if refused else "")
    )
    if sums["unverified"]:
        typer.echo(f"用到未核实或未公布的规则：{'、'.join(_SLOTS.get(each, each) for each in sums['unverified'])}")
