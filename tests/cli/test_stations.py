"""``yangban stations`` and ``yangban difference`` as a person runs them."""

from __future__ import annotations

import json
from pathlib import Path

from command import yangban


def test_import_list_and_check(tmp_path: Path) -> None:
    text = "站点编号,监测点名称,城市,区县,经度,纬度\n1299A,省外办,南昌,东湖区,115.893,28.689\n1300A,甲,无此市,,,\n1301A,乙,,,,\n"
    (tmp_path / "站点.csv").write_text(text, encoding="utf-8")
    done = yangban("stations", "import", "站点.csv", "-w", "w", "--from", "2013-01-01", cwd=tmp_path)
    assert done.returncode == 1
    assert "3 行，新增 2，更新 0，不变 0，拒绝 1" in done.stdout
    assert "站点.csv:3  “无此市” 不认识这个城市" in done.stdout
    assert "[station_city]" in done.stdout
    again = yangban("stations", "import", "站点.csv", "-w", "w", "--json", cwd=tmp_path)
    answer = json.loads(again.stdout)
    assert (again.returncode, answer["unchanged"], answer["rejections"][0]["line"]) == (1, 2, 3)
    rows = json.loads(yangban("stations", "list", "-w", "w", "--json", cwd=tmp_path).stdout)
    assert rows[0] == {
        "station": "station:1299A", "name": "省外办", "city": "360100", "county": "360102", "network": "state", "role": "evaluation",
        "longitude": "115.893", "latitude": "28.689", "valid_from": "2013-01-01", "valid_to": None, "source": "站点.csv",
    }  # fmt: skip
    shown = yangban("stations", "list", "-w", "w", "--region", "南昌", cwd=tmp_path)
    assert ("登记的站点 1 行" in shown.stdout, "南昌市" in shown.stdout, "1301A" in shown.stdout) == (True, True, False)
    early = yangban("stations", "list", "-w", "w", "--date", "2012-12-31", "--json", cwd=tmp_path)
    assert json.loads(early.stdout) == []
    checked = yangban("stations", "check", "-w", "w", cwd=tmp_path)
    assert (checked.returncode, "没有城市和区县的站点 1 行" in checked.stdout) == (1, True)


def test_what_cannot_be_leaves_no_workspace(tmp_path: Path) -> None:
    for arguments in (("import", "nowhere.csv", "-w", "w"), ("import", "x.csv", "-w", "w", "--from", "明天")):
        done = yangban("stations", *arguments, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("错误 error:")
    assert not (tmp_path / "w").exists()


def test_difference_on_the_screen_and_as_json(tmp_path: Path) -> None:
    head = "城市,日期,PM2.5,PM10,SO2,NO2,CO,O3_8h\n"
    for basis, pm25 in (("realtime", "75"), ("audited", "76")):
        (tmp_path / f"{basis}.csv").write_text(f"{head}南昌,2022-01-01,{pm25},60,8,30,0.8,90\n", encoding="utf-8")
        assert yangban("ingest", f"{basis}.csv", "-w", "w", "--basis", basis, cwd=tmp_path).returncode == 0
    assert yangban("assess", "-w", "w", "--year", "2022", cwd=tmp_path).returncode in {0, 1}
    shown = yangban("difference", "-w", "w", "--region", "南昌", "--period", "2022", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "+1.0 µg/m³" in shown.stdout
    assert "实况 100 良 → 审核 102 轻度污染" in shown.stdout
    answer = json.loads(yangban("difference", "-w", "w", "-r", "360100", "-p", "2022-01-01", "--json", cwd=tmp_path).stdout)
    assert (answer["days_level_differs"], answer["items"][0]["mean_difference"], answer["largest"][0]["audited"]) == (1, "1", "76")
    missing = yangban("difference", "-w", "w", "--region", "九江", "--period", "2022", cwd=tmp_path)
    assert (missing.returncode, "没有实况的日值" in missing.stderr) == (2, True)


def test_ingest_takes_mapping_daily_and_state(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("何地,何日,二氧化硫\n南昌,2017-01-01,8\n", encoding="utf-8")
    (tmp_path / "m.toml").write_text('[columns]\nsubject="何地"\ntime="何日"\nso2="二氧化硫"\n', encoding="utf-8")
    done = yangban("ingest", "t.csv", "-w", "w", "--mapping", "m.toml", "--daily", "--state", "273", "--json", cwd=tmp_path)
    (file,) = json.loads(done.stdout)["files"]
    assert (done.returncode, file["accepted"], file["flagged"], file["layout"][:15]) == (0, 1, 1, "daily-wide@map=")
    bad = yangban("ingest", "t.csv", "-w", "v", "--mapping", "n.toml", cwd=tmp_path)
    assert (bad.returncode, "映射文件读不出" in bad.stderr, (tmp_path / "v").exists()) == (2, True, False)
