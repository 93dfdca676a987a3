"""A made-up "Beautiful Ganzhou" through the browser: one list from its issue to a relapse, and a county's report on a phone of 390 px.

Each person has a window of their own, as in an office. The days of public notice pass in the database, since the site's clock is real.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

LEAD, ACCEPT, COUNTY = "赣州市水利局（演示）", "赣州市林业局（演示）", "人民政府（演示）"


def test_a_list_from_its_issue_to_a_relapse(
    open_page: Callable[..., Any],
    log_in: Callable[[Any, str], None],
    accessible: Callable[[Any], None],
    no_sideways_scrolling: Callable[[Any], None],
    site: Any,
    tmp_path: Path,
) -> None:
    windows: dict[str, Any] = {}
    proof = tmp_path / "佐证.pdf"
    proof.write_bytes(b"%PDF a made-up summary")

    def window(who: str, *, phone: bool = False) -> Any:
        if who not in windows:
            windows[who] = open_page("/healthz", phone=phone)
            log_in(windows[who], who)
        return windows[who]

    def press(page: Any, what: str) -> None:
        """Send a form and wait for what comes back."""
        with page.expect_navigation():
            page.click(what)

    def task(who: str, number: str) -> Any:
        page = window(who)
        page.goto(f"{site.url}/desk/tasks/list/?q={number}")
        press(page, f"main table tr:has(.num:text-is('{number}')) a")
        return page

    def step(who: str, number: str, name: str, **fields: str) -> Any:
        """One step: the page of the task, the button of the step, what it asks, confirmed; the new state is read by the caller."""
        page = task(who, number)
        page.click(f".acts a:has-text('{name}')")
        for key, text in fields.items():
            page.fill(f"#i-{key}", text)
        for box in page.locator("fieldset:has(input[type=file])").all():
            held = box.locator("input[type=checkbox]")
            (held.first.check if held.count() else lambda box=box: box.locator("input[type=file]").set_input_files(proof))()
        for box in page.locator("input[name=criteria]").all():
            box.check()
        press(page, "main form button[type=submit]")
        return page

    titles = {"浏-1": "河湖岸线复绿（虚构）", "浏-2": "废弃矿山复绿（虚构）"}
    due = (date.today() + timedelta(days=300)).isoformat()
    heads = "编号,任务名称,依据文件,牵头单位,验收单位,完成期限,数量,计量单位,流程"
    first_row = f"浏-1,{titles['浏-1']},演示文,{LEAD},,{due},2,处,年度任务"
    second_row = f"浏-2,{titles['浏-2']},演示文,{LEAD},{ACCEPT},{due},,,整改"
    sheet = tmp_path / "清单.csv"
    sheet.write_text("\n".join((heads, first_row, second_row)), encoding="utf-8")

    # Issue: looked at, then issued whole.
    office = window("plan.office")
    office.goto(f"{site.url}/desk/tasks/office/issue/")
    office.set_input_files("#file", sheet)
    press(office, "text=预览")
    accessible(office)
    press(office, "button[name=confirm]")
    assert "已下达 2 项任务" in office.inner_text("main")

    # The department splits it down to a county; there a phone fills the report, it comes back, and goes up again.
    page = task("plan.head", "浏-1")
    page.click(".acts a:has-text('分解')")
    page.fill("#i-measures", "清障\n复绿")
    county = _county(site)
    page.fill("#i-parts", f"浏-1-1，{county[:6]}，{county[6:]}{COUNTY}，1")
    page.fill("#kept", "1")
    press(page, "main form button[type=submit]")
    assert "分解" in page.inner_text("main .message >> nth=0")
    titles["浏-1-1"] = titles["浏-1"]
    step("plan.county", "浏-1-1", "分解", measures="施工")
    phone = window("plan.county.fill", phone=True)
    phone.goto(f"{site.url}/desk/tasks/mine/")
    no_sideways_scrolling(phone)
    press(phone, "main tr:has(.num:text-is('浏-1-1')) a")
    no_sideways_scrolling(phone)
    accessible(phone)
    press(phone, ".acts a:has-text('填报')")
    no_sideways_scrolling(phone)
    accessible(phone)
    for target in phone.locator("main button, main input[type=file], main input[type=text]").all():
        box = target.bounding_box()
        assert box is None or box["height"] >= 44, target.evaluate("each => each.outerHTML")[:120]
    phone.fill("#progress", "30")
    phone.set_input_files("#files", proof)
    press(phone, "text=提交给本单位负责人")
    head = window("plan.county")
    head.goto(f"{site.url}/desk/tasks/reports/")
    head.fill("main tr:has-text('浏-1-1') input[name^='reason.']", "缺完成数量")
    press(head, "main tr:has-text('浏-1-1') button[name=return]")
    phone.goto(f"{site.url}/desk/tasks/")
    assert "被退回：缺完成数量" in phone.inner_text("main")
    no_sideways_scrolling(phone)
    press(phone, ".matters li:has-text('被退回'):has-text('浏-1-1') a")
    phone.fill("#progress", "50")
    phone.fill("#done", "0.5")
    press(phone, "text=提交给本单位负责人")
    head.goto(head.url)
    press(head, "text=审核通过勾选的")
    office.goto(f"{site.url}/desk/tasks/reports/")
    line = office.locator("main tr:has-text('浏-1-1')")
    assert "50%" in line.inner_text()
    for other in office.locator("main input[name=chosen]").all():
        other.uncheck()
    line.locator("input[name=chosen]").check()
    press(office, "text=审核通过勾选的")
    assert "已办 1 份" in office.inner_text("main")

    # The other one is late: warned, supervised by a letter that is kept, caught up with proof.
    soon = (date.today() + timedelta(days=20)).isoformat()
    step("plan.head", "浏-2", "分解", measures="复绿", milestones="六月过半")
    page = step("plan.office", "浏-2", "判定滞后", reason="进度慢于时间", step_due=soon)
    assert "预警" in page.inner_text("main .state >> nth=0")
    page.fill("#l-number", "浏督〔2026〕1号")
    page.fill("#l-due", soon)
    page.fill("#l-reason", "两个月没有进展")
    with page.expect_download() as made:
        page.click("text=下载 Word 稿")
    first = Path(made.value.path()).read_bytes()
    step("plan.office", "浏-2", "发督办函", reason="仍未赶上", letter="浏督〔2026〕1号")
    window("plan.head").goto(f"{site.url}/desk/tasks/papers/")
    with windows["plan.head"].expect_download() as again:
        windows["plan.head"].click("text=督办函 浏督")
    assert Path(again.value.path()).read_bytes() == first
    fill = task("plan.fill", "浏-2")
    fill.click(".acts a:has-text('填报')")
    fill.fill("#progress", "100")
    fill.set_input_files("#files", proof)
    press(fill, "text=提交给本单位负责人")
    sign = window("plan.head")
    sign.goto(f"{site.url}/desk/tasks/reports/")
    for other in sign.locator("main input[name=chosen]").all():
        other.uncheck()
    sign.locator("main tr:has-text('浏-2') input[name=chosen]").check()
    press(sign, "text=审核通过勾选的")
    step("plan.office", "浏-2", "赶上进度")

    # Acceptance fails once and passes once; the notice runs out; closed; looked at again, and it has relapsed.
    step("plan.head", "浏-2", "申请验收")
    assert "进行中" in step("plan.accept", "浏-2", "未通过", reason="成活率不足").inner_text("main .state >> nth=0")
    step("plan.head", "浏-2", "申请验收")
    page = step("plan.accept", "浏-2", "核查通过", signature="验收组", notice_until=(date.today() + timedelta(days=1)).isoformat())
    assert "公示" in page.inner_text("main .state >> nth=0")
    _notice_runs_out(site.workspace / "site.sqlite3", "浏-2")
    assert "已销号" in step("plan.office", "浏-2", "销号", filing="浏销〔2026〕1号", archive="柜1").inner_text("main .state >> nth=0")
    page = step("plan.watch", "浏-2", "反弹", reason="边坡再次裸露")
    assert "反弹" in page.inner_text("main .state >> nth=0")
    story = page.inner_text(".steps")
    for word in ("下达", "分解", "判定滞后", "发督办函", "月报", "申请验收", "销号"):
        assert word in story, word
    accessible(page)
    no_sideways_scrolling(page)


def _county(site: Any) -> str:
    """Code and name of the place of the demonstration's county: where `plan.county` has the post."""
    with sqlite3.connect(site.workspace / "site.sqlite3", timeout=30) as held:
        code, name = held.execute(
            "SELECT o.region, o.name FROM accounts_organisation o JOIN accounts_membership m ON m.organisation_id = o.id "
            "JOIN accounts_user u ON u.id = m.user_id WHERE u.username = 'plan.county'"
        ).fetchone()
    return f"{code}{name.removesuffix(COUNTY)}"


def _notice_runs_out(file: Path, number: str) -> None:
    """Two days go by for one task: its notice ended yesterday."""
    ended = (date.today() - timedelta(days=1)).isoformat()
    with sqlite3.connect(file, timeout=30) as held:
        held.execute("UPDATE plans_task SET body = json_set(body, '$.notice_until', ?) WHERE number = ?", [ended, number])
