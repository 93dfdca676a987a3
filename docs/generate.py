"""Write the generated pages of ``docs/reference``: command line, Python face, book, indicators, workflows, the interface, and settings.

Run ``make docs``. A test compares the pages with what this script would write, so that they never go stale.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

REFERENCE: Final = Path(__file__).resolve().parent / "reference"
NOTICE: Final = "<!-- Written by docs/generate.py; run `make docs` after a change. -->"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in row) + " |"


_KINDS: Final = {"str": "TEXT", "Path": "PATH", "int": "N", "float": "X"}


def _parameter(parameter: Any) -> tuple[str, str, str]:
    """Name, default and help of one argument or option."""
    kind = re.search(r"\b(str|Path|int|float)\b", str(parameter.type_descriptor.annotation))
    takes = parameter.metavar or (_KINDS[kind[1]] if kind else "")
    if parameter.param_type_name == "argument":
        name = f"`{takes if parameter.metavar else parameter.name.upper()}{'' if parameter.nargs == 1 or parameter.metavar else '…'}`"
    else:
        words = ", ".join(f"`{word}`" for word in (*parameter.opts, *parameter.secondary_opts))
        name = words if parameter.is_flag else f"{words} {takes}"
    if parameter.required:
        shown = "必填 required"
    elif isinstance(parameter.show_default, str):
        shown = f"`{parameter.show_default}`"
    else:
        shown = "" if parameter.default in (None, False, ()) or parameter.default == [] else f"`{parameter.default}`"
    return name, shown, parameter.help or ""


def _command(path: str, command: Any, context: Any) -> Iterator[str]:
    yield f"## `{path}`"
    yield ""
    yield inspect.cleandoc(command.help or "").replace("\b\n", "").replace("\f", "")
    yield ""
    own = [parameter for parameter in command.params if parameter.expose_value and not parameter.hidden]
    if own:
        yield from _table(("参数 Parameter", "默认 Default", "说明 Meaning"), map(_parameter, own))
        yield ""
    if hasattr(command, "list_commands"):
        for name in command.list_commands(context):
            yield from _command(f"{path} {name}", command.get_command(context, name), context)


def command_line() -> str:
    """The page of the command line, from the commands themselves."""
    from typer.main import get_command

    from yangban.cli.main import app

    group: Any = get_command(app)
    context = group.context_class(group, info_name="yangban")
    lines = [
        NOTICE,
        "",
        "# 命令 Commands",
        "",
        "Exit codes: 0 done; 1 (only `ingest`, `assess`, `standards check`, `release verify`) done, and something was refused or",
        "fell short that you should see; 2 the arguments or the input cannot be used. Wherever a region's code is asked for, its Chinese",
        "name will do.",
        "",
    ]
    for name in group.list_commands(context):
        lines += _command(f"yangban {name}", group.get_command(context, name), context)
    return "\n".join(lines).rstrip() + "\n"


def _signature(thing: Any) -> str:
    signature = inspect.signature(thing)

    def plain(annotation: Any) -> Any:
        if annotation is inspect.Signature.empty or annotation is None:
            return annotation
        text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
        return _Word(re.sub(r"(?:[a-z_]+\.)+(?=[A-Za-z_])", "", text))

    parameters = [each.replace(annotation=plain(each.annotation)) for name, each in signature.parameters.items() if name != "self"]
    return str(signature.replace(parameters=parameters, return_annotation=plain(signature.return_annotation)))


class _Word(str):
    """A text that is shown without quotation marks inside a signature."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _docstring(thing: Any) -> Iterator[str]:
    """A docstring as Markdown: examples fenced, roles turned into code."""
    text = re.sub(r":\w+:`~?(?:[\w.]+\.)?(\w+)`", r"`\1`", inspect.getdoc(thing) or "").replace("``", "`")
    fenced = False
    for line in text.splitlines():
        if line.startswith(">>> ") and not fenced:
            yield "```pycon"
            fenced = True
        elif not line.strip() and fenced:
            yield "```"
            fenced = False
        yield line
    if fenced:
        yield "```"
    yield ""


def python_face() -> str:
    """The page of the Python face, from ``yangban.__all__``."""
    import yangban

    lines = [NOTICE, "", "# Python", "", "```python", "import yangban as yb", "```", "", *_docstring(yangban)]
    for name in yangban.__all__:
        if name.startswith("_"):
            continue
        thing = getattr(yangban, name)
        lines += [f"## `yb.{name}`", ""]
        if inspect.isclass(thing):
            lines += [*_docstring(thing)]
            for method, member in vars(thing).items():
                if not method.startswith("_") and inspect.isfunction(member):
                    lines += [f"### `{name}.{method}`", "", f"`{method}{_signature(member)}`", "", *_docstring(member)]
                elif not method.startswith("_") and isinstance(member, property):
                    lines += [f"### `{name}.{method}`", "", *_docstring(member)]
        elif callable(thing):
            lines += [f"`{name}{_signature(thing)}`", "", *_docstring(thing)]
        else:
            lines += [f"`{thing!r}`", ""]
    return "\n".join(lines).rstrip() + "\n"


def _documents(medium: str, documents: Iterable[Any]) -> Iterator[str]:
    """The documents of one medium as a table under a heading."""
    yield f"## {medium}"
    yield ""
    yield from _table(
        ("文件 Document", "编号 Number", "名称 Title", "施行 In force", "可靠程度 Confidence", "条目 Entries"),
        (
            (
                f"`{each.id}`",
                each.number,
                f"{each.title}<br>{each.title_en}",
                f"{each.effective.isoformat()} – {each.ended.isoformat() if each.ended else ''}",
                each.confidence,
                str(len(each.rules)),
            )
            for each in documents
        ),
    )
    yield ""


def _points() -> Iterator[str]:
    """The schemes and factors of carbon points as a table under a heading."""
    from yangban.standards.points import load_points

    book = load_points()
    yield "## 碳积分 Carbon points"
    yield ""
    yield "`yangban points show ID` prints one with every method, its dates, clause, source and confidence."
    yield ""
    rows = [
        (each, "不详" if each.start is None else f"{each.start} – {each.end or ''}", str(len(each.methods)))
        for each in book.schemes.values()
    ]
    others = [each for kind in (book.factors, book.reviews, book.redlines, book.scores) for each in kind.values()]
    yield from _table(
        ("文件 File", "名称 Title", "施行 In force", "可靠程度 Confidence", "方法 Methods"),
        (
            (f"`{each.id}`", f"{each.title}<br>{each.title_en}", span, each.confidence, methods)
            for each, span, methods in (*rows, *((other, "", "") for other in others))
        ),
    )
    yield ""


def the_book() -> str:
    """The page of the book: every document by medium, and every slot that is empty because its rule is not known."""
    from yangban.standards import load_book
    from yangban.standards.load import shipped

    book = load_book()
    folder = {name: path.parent.name for name, path in shipped().items()}
    media = tuple(
        (title, [book.documents[name] for name in sorted(book.documents) if folder[name] == medium])
        for medium, title in (
            ("air", "空气 Air"),
            ("water", "地表水 Surface water"),
            ("sound", "声环境 Sound"),
            ("ecology", "生态 Ecology"),
        )
    )
    documents = [document for _, found in media for document in found]
    lines = [
        NOTICE,
        "",
        "# 标准之书 The book of standards",
        "",
        "Every official number that Yangban uses, by the document that it comes from. `yangban standards show ID` prints one",
        "document with every entry, its clause, unit, source and confidence.",
        "",
        *(line for medium, found in media for line in _documents(medium, found)),
        *_points(),
        "## 未知条目 Empty slots",
        "",
        "These rules exist or may exist, and their content was not found. The slot is typed and empty; nothing is guessed.",
        "[How to fill one](../how-to/unknown-slots.md).",
        "",
        *_table(
            ("条目 Slot", "单位 Unit", "出处 Clause", "说明 Note"),
            (
                (f"`{rule.id}`", rule.unit, rule.clause, rule.note)
                for each in documents
                for rule in each.rules
                if rule.confidence == "unknown"
            ),
        ),
        "",
        "## 未经核对的条目 Unverified entries",
        "",
        "These values stand in the book and have not been read in the official text. Every Figure that leans on one names it",
        "in `unverified`.",
        "",
        *_table(
            ("条目 Entry", "值 Value", "单位 Unit", "出处 Clause"),
            (
                (f"`{rule.id}`", _shown(rule.value), rule.unit, rule.clause)
                for each in documents
                for rule in each.rules
                if rule.confidence == "unverified"
            ),
        ),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _shown(value: Any) -> str:
    if isinstance(value, tuple) and not all(isinstance(part, tuple) for part in value):
        return " ".join(map(_shown, value))
    return f"{len(value)} rows" if isinstance(value, list | tuple | dict) else str(value)


_COMPARED: Final = {
    "percent": "相对变化 in %",
    "points": "百分点 in percentage points",
    "difference": "差值 as a difference",
    "": "不比较 not compared",
}
_SPANS: Final = {"day": "日 day", "period": "时段 period"}


def _of_medium(medium: Any) -> Iterator[str]:
    """The indicators of one further medium."""
    yield from ("", f"## {medium.name}", "")
    yield from _table(
        ("指标 Indicator", "名称 Name", "单位 Unit", "变化 Change"),
        ((f"`{each.id}`", each.name, each.unit, _CHANGES[each.change]) for each in medium.indicators.values()),
    )


_CHANGES: Final = {"difference": "差 difference", "points": "百分点 percentage points", "percent": "% percent"}


def the_indicators() -> str:
    """The page of the indicators of air and of the media beside air and water."""
    from yangban.assess.air.indicators import INDICATORS
    from yangban.run.media import OTHERS

    lines = [
        NOTICE,
        "",
        "# 指标 Indicators",
        "",
        "With the suffix `.change` an indicator is compared with a base period, from printed values: `--base yoy` (the same period a year",
        "earlier, the default), `mom` (the period before), `year:2020`, `period:2021-Q1`.",
        "",
        *_table(
            ("指标 Indicator", "名称 Name", "单位 Unit", "时段 Of a", "变化 Change"),
            (
                (
                    f"`{each.id}`",
                    each.name,
                    each.unit,
                    ", ".join(_SPANS[span] for span in each.levels),
                    _COMPARED[each.change],
                )
                for each in INDICATORS.values()
            ),
        ),
        *(line for medium in OTHERS.values() for line in _of_medium(medium)),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _naming() -> list[str]:
    """The way of an application, and the programmes with their editions and empty slots."""
    from yangban.govern.workflows import diagram, table
    from yangban.standards.programmes import FACTS, ROLES, load_programmes

    held = load_programmes()
    lines: list[str] = []
    for flow in held.workflows.values():
        lines += [f"## `{flow.id}` {flow.title}", "", f"{flow.title_en}. {flow.note} [Concepts](../concepts/titles-and-pilots.md).", ""]
        lines += ["```mermaid", diagram(flow), "```", ""]
        head = ("从 From", "事项 Event", "到 To", "谁 Who", "须记录 Recorded", "还须成立 Guards")
        lines += [*_table(head, table(flow, roles=ROLES, facts=FACTS)), ""]
    lines += ["## 创建项目 Programmes", "", "？ marks an empty slot: nobody has published it.", ""]
    rows = (
        (
            f"`{each.id}`",
            f"{each.title}<br>{each.title_en}",
            each.starts.isoformat() if each.starts else "？",
            "；".join(f"{one.level}: {f'`{one.system}`' if one.system else '？'}" for one in each.requirements),
            each.confidence,
            each.note,
        )
        for held_editions in held.families().values()
        for each in held_editions
    )
    lines += [*_table(("版本 Edition", "名称 Title", "起 From", "要求 Requirements", "可靠程度 Confidence", "说明 Note"), rows), ""]
    for rules in held.project_warnings.values():
        lines += [f"## {rules.title} {rules.title_en}", "", f"{rules.note} ({rules.confidence})", ""]
        listed = (
            (f"{each.name} {each.name_en}", f"`{each.measure}`", f"≥ {each.over:f} {each.unit}", f"≥ {each.red:f}" if each.red else "—")
            for each in rules.rules
        )
        lines += [*_table(("规则 Rule", "看什么 Measure", "黄 Yellow", "红 Red"), listed), ""]
    return lines


def the_workflows() -> str:
    """The page of the workflows: the diagram of each and who may do what, then ladders, criteria, thresholds and red lines."""
    from yangban.govern.workflows import diagram, table
    from yangban.standards.governance import ROLES, load_governance

    held = load_governance()
    lines = [
        NOTICE,
        "",
        "# 任务流程 Workflows",
        "",
        "Drawn from the data in `src/yangban/standards/book/governance/` and the packs. What the words mean:",
        "[Tasks](../concepts/tasks.md).",
        "",
    ]
    for flow in held.workflows.values():
        lines += [f"## `{flow.id}` {flow.title}", "", f"{flow.title_en}. {flow.note}", "", "```mermaid", diagram(flow), "```", ""]
        lines += [*_table(("从 From", "事项 Event", "到 To", "谁 Who", "须记录 Recorded", "还须成立 Guards"), table(flow)), ""]
    lines += _naming()
    lines += ["## 督办阶梯 Ladders", "", "What a ladder proposes a person decides.", ""]
    for ladder in held.ladders.values():
        steps = " → ".join(each.name for each in ladder.steps)
        lines += [f"**`{ladder.id}` {ladder.title}** ({ladder.confidence}): {steps}. {ladder.note}", ""]
        names = {each.key: each.name for each in ladder.steps}
        rows = (
            (
                "、".join(f"{colour} × {times}" for colour, times in rule.colours.items()),
                names[rule.step],
                "" if rule.points is None else f"{rule.points:f}",
                rule.confidence,
            )
            for rule in ladder.rules
        )
        lines += [*_table(("颜色 Colours", "措施 Step", "计分 Points", "可靠程度 Confidence"), rows), ""]
    for acceptance in held.acceptances.values():
        days = "未知，空位 unknown, an empty slot" if acceptance.notice_days is None else str(acceptance.notice_days)
        lines += [f"## {acceptance.title} Criteria", "", *(f"- {each.name} `{each.key}`" for each in acceptance.criteria), ""]
        lines += [f"公示天数 Days of public notice: {days}", ""]
    for signals in held.signals.values():
        lines += [f"## {signals.title} Signals", "", f"{signals.note}", ""]
        rows = (
            (each.name, " ".join(each.colours) or each.colour, str(each.start), str(each.red_from or "—"), each.clause)
            for each in signals.signals
        )
        lines += [*_table(("信号 Signal", "颜色 Colour", "起 From", "转红 Red from", "出处 Clause"), rows), ""]
        ranked = (each for each in signals.signals if each.indicators)
        lines += [f"{each.name}：{' '.join(each.indicators)}（{' '.join(each.levels)}；{' '.join(each.against)}）\n" for each in ranked]
    for red in held.red_lines.values():
        lines += [f"## {red.title} Red lines", "", f"{red.number}（{red.confidence}）. {red.note}", ""]
        lines += [*(f"- {each.name} `{each.key}`" for each in red.lines), ""]
    lines += ["## 角色 Roles", "", *(f"- `{word}` {name}" for word, name in ROLES.items())]
    return "\n".join(lines).rstrip() + "\n"


def _shape(fields: Iterable[Any], *, defaults: bool) -> Iterator[str]:
    """Parameters or fields as a table."""
    head = ("名称 Name", "取值 Takes", *(("默认 Default",) if defaults else ()), "说明 Meaning")
    yield from _table(
        head,
        (
            (
                f"`{each.name}`{' (必填 required)' if each.required and defaults else ''}",
                each.kind,
                *((f"`{each.default}`" if each.default else "",) if defaults else ()),
                each.text,
            )
            for each in fields
        ),
    )
    yield ""


def the_interface() -> str:
    """The page of the interface for programs, from its OpenAPI schema."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yangban.web.config.settings")
    os.environ.setdefault("YANGBAN_SECRET_KEY", "for writing this page alone")
    import django

    django.setup()
    from yangban.web.api.reference import reference

    whole = reference()
    lines = [
        NOTICE,
        "",
        "# 程序接口 The interface for programs",
        "",
        "Every address begins with the site's own. The same reference stands on the site at `/api/`, for machines at",
        "`/api/v1/openapi.json`. How to use it: [the interface](../how-to/api.md).",
        "",
    ]
    for zh, en, entries in whole.groups:
        lines += [f"## {zh} {en}", ""]
        for entry in entries:
            lines += [f"### `{entry.method} {entry.path}`", "", f"{entry.zh} {entry.en}. {entry.text}", ""]
            if entry.scope:
                lines += [f"Needs a key with `{entry.scope}`.", ""]
            if entry.parameters:
                lines += _shape(entry.parameters, defaults=True)
            for media_type, fields in entry.body:
                lines += [f"Body `{media_type}`:", "", *_shape(fields, defaults=True)]
            answers = (f"{each.status} `{each.shape}`" if each.shape else each.status for each in entry.answers)
            lines += [f"Answers: {', '.join(answers)}.", ""]
    lines += ["## 回答的形状 Shapes", ""]
    for shape in whole.shapes:
        lines += [f"### `{shape.name}`", "", shape.text, "", *_shape(shape.fields, defaults=False)]
    lines += ["## 错误 Problems", "", "`application/problem+json` (RFC 9457); `type` ends in the name.", ""]
    lines += _table(
        ("名称 Name", "状态码 Status", "含义 Meaning"),
        ((f"`{name}`", str(status), f"{zh} {en}") for name, status, zh, en in whole.problems),
    )
    return "\n".join(lines).rstrip() + "\n"


def _manage_command(name: str, module: str) -> Iterator[str]:
    import importlib

    command = importlib.import_module(module).Command()
    parser = command.create_parser("yangban manage", name)
    inherited = set(command.base_stealth_options) | {
        "help", "version", "verbosity", "settings", "pythonpath", "traceback", "no_color", "force_color", "skip_checks",
    }  # fmt: skip
    own = [each for each in parser._actions if each.dest not in inherited]
    yield f"### `yangban manage {name}`"
    yield ""
    yield f"{command.help}. {inspect.cleandoc(type(command).__doc__ or '')}"
    yield ""
    if own:
        words = ((", ".join(f"`{word}`" for word in each.option_strings) or f"`{each.dest.upper()}`", each.help or "") for each in own)
        yield from _table(("参数 Parameter", "说明 Meaning"), words)
        yield ""


def the_site() -> str:
    """The variables of the environment and the commands of ``yangban manage`` that are our own."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yangban.web.config.settings")
    os.environ.setdefault("YANGBAN_SECRET_KEY", "for the pages of the documentation alone")
    import django

    django.setup()
    from django.core.management import get_commands

    from yangban.web.config import settings

    lines = [NOTICE, "", "# 网站的设置和管理命令 Settings and commands of the site", "", "## 环境变量 Variables of the environment", ""]
    lines.append(
        "All settings come from the environment; how to set them for a service: [install on a server](../how-to/install-on-a-server.md)."
    )
    lines.append("")
    table = (settings.__doc__ or "").split("=\n")[1].splitlines()
    rows = [(line[:29].strip(), line[29:].strip()) for line in table if line.startswith("``")]
    lines += [*_table(("变量 Variable", "含义 Meaning"), ((a.replace("``", "`"), b.replace("``", "`")) for a, b in rows)), ""]
    lines += ["## 管理命令 Commands", "", "Beside those of Django (`yangban manage help` lists all):", ""]
    own = {name: app for name, app in get_commands().items() if str(app).startswith("yangban.")}
    for name in sorted(own):
        lines += _manage_command(name, f"{own[name]}.management.commands.{name}")
    return "\n".join(lines).rstrip() + "\n"


PAGES: Final[dict[str, Callable[[], str]]] = {
    "cli.md": command_line,
    "python.md": python_face,
    "book.md": the_book,
    "indicators.md": the_indicators,
    "workflows.md": the_workflows,
    "api.md": the_interface,
    "site.md": the_site,
}


def main() -> int:
    """Write every page that differs from what it should be."""
    for name, write in PAGES.items():
        path = REFERENCE / name
        text = write()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"docs/reference/{name} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
