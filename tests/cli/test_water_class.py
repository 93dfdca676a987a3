"""``yangban water-class`` as it is typed: one sample, and a spreadsheet of samples."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from yangban.cli import main

Answer = tuple[int, str, str]
TABLE = "断面,断面类型,溶解氧,高锰酸盐指数(mg/L),氨氮,总磷,汞(μg/L),石油类\n"


@pytest.fixture
def yangban(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Run the real command: exit code, output, messages."""
    monkeypatch.setitem(main.VERBS, "water-class", ("yangban.cli.water_class", "水质类别  Class of surface water"))

    def call(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["yangban", "water-class", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main.run()
        printed = capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), printed.out, printed.err

    return call


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


class TestOneSample:
    def test_json(self, yangban: Callable[..., Answer]) -> None:
        code, out, _ = yangban("--type", "river", "do=6.1", "codmn=3.2", "hg=0.0001", "tp=0.52", "petroleum=<0.05", "tn=3", "--json")
        (found,) = json.loads(out)
        assert code == 0
        # GB 3838-2002 table 1: DO 6 Ⅱ; CODMn 4 Ⅱ; Hg 0.0001 Ⅲ; TP (river) above 0.4 劣Ⅴ; petroleum 0.025 Ⅰ.
        assert found["items"] == {"do": 2, "codmn": 2, "tp": 6, "hg": 3, "petroleum": 1}
        assert (found["class"], found["class_number"], found["state"]) == ("劣Ⅴ", 6, "重度污染")
        assert found["values"]["petroleum"] == "0.025"
        assert found["below_detection"] == ["petroleum"]
        # (0.52 - 0.2) / 0.2 = 1.6
        assert found["exceeding"] == [{"item": "tp", "multiple": "1.6"}]
        assert (found["deciding"], found["main"]) == (["tp"], ["tp"])
        assert (found["edition"], found["status"], found["reason"]) == ("gb3838-2002", "ok", "21 项中评价了 5 项")

    def test_a_lake_has_its_own_phosphorus(self, yangban: Callable[..., Answer]) -> None:
        classes = []
        for kind in ("river", "lake", "湖库", "河流"):
            _, out, _ = yangban("--type", kind, "总磷=0.05", "--json")
            classes.append(json.loads(out)[0]["class"])
        assert classes == ["Ⅱ", "Ⅲ", "Ⅲ", "Ⅱ"]

    def test_rounding(self, yangban: Callable[..., Answer]) -> None:
        # DO 4.96 becomes 5.0 when rounded to the decimal of the item.
        classes = [
            json.loads(yangban("--type", "river", "do=4.96", "--rounding", how, "--json")[1])[0]["class"] for how in ("none", "item")
        ]
        assert classes == ["Ⅳ", "Ⅲ"]

    def test_units_and_detection_limits(self, yangban: Callable[..., Answer]) -> None:
        _, out, _ = yangban("--type", "river", "汞=0.06ug/L", "挥发酚=0.0003L", "六价铬=0.004Ｌ", "--json")
        (found,) = json.loads(out)
        assert found["values"] == {"hg": "0.00006", "phenol": "0.00015", "cr6": "0.002"}
        assert found["items"]["hg"] == 3
        assert found["below_detection"] == ["phenol", "cr6"]

    def test_for_people(self, yangban: Callable[..., Answer]) -> None:
        code, out, _ = yangban("--type", "river", "do=4", "nh3n=1.6", "ph=7.2", "temperature=20")
        assert code == 0
        for text in (
            "GB 3838-2002",
            "河流",
            "1.6 mg/L",
            "Ⅴ",
            "中度污染",
            "超Ⅲ类 0.6 倍",
            "主要污染物  氨氮(0.6)、溶解氧",
            "不参与评价",
            "21 项",
        ):
            assert text in out

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["do=6"], "--type river"),
            (["--type", "sea", "do=6"], "不认识的水体类型"),
            (["--type", "river", "xx=6"], "不认识的项目"),
            (["--type", "river", "do"], "看不懂"),
            (["--type", "river", "do=-1"], "不能为负"),
            (["--type", "river", "do=abc"], "不是数字"),
            (["--type", "river", "do=6", "溶解氧=7"], "两次"),
            (["--type", "river", "do=6ppm"], "不能换算"),
            (["--type", "river", "do=6", "--rounding", "up"], "rounding"),
            (["--type", "river", "petroleum=未检出"], "未检出"),
            (["--type", "river"], "请给出项目和数值"),
            (["--type", "river", "do=6", "--csv"], "--input"),
        ],
    )
    def test_refused(self, yangban: Callable[..., Answer], arguments: list[str], message: str) -> None:
        code, _, err = yangban(*arguments)
        assert code == 2
        assert message in err

    def test_it_starts_without_polars(self) -> None:
        script = (
            "import sys\nfrom yangban.cli.water_class import app\n"
            "try:\n    app(['--type', 'river', 'do=6.1'])\nexcept SystemExit as end:\n    assert not end.code\n"
            "assert not {'polars', 'pyarrow', 'pandas', 'numpy'} & set(sys.modules)"
        )
        subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)


class TestTable:
    def test_chinese_headings(self, yangban: Callable[..., Answer], tmp_path: Path) -> None:
        path = tmp_path / "样品.csv"
        lines = [
            "周坊,河流,11.33,2.34,0.025,0.023,0.03,<0.01",
            "南矶山,湖库,4.75,16.70,3.218,0.185,--,0.05L",
            "井,地下水,1,2,3,4,5,6",
            "空,河流,,,,-1,,",
        ]
        path.write_bytes((TABLE + "\n".join(lines) + "\n").encode("gb18030"))
        code, out, err = yangban("--input", path, "--csv")
        first, second, third, fourth = rows(out)
        assert code == 0
        # The national platform released Ⅱ and 劣Ⅴ for these two readings of 2022-01-11.
        assert (first["水质类别"], first["水质状况"], first["定类因子"], first["超标项目"]) == ("Ⅱ", "优", "高锰酸盐指数;总磷", "")
        assert (first["溶解氧"], first["状态"]) == ("11.33", "有效")
        assert "低于检出限 0.01，按其一半计" in first["说明"]
        assert (second["水质类别"], second["定类因子"]) == ("劣Ⅴ", "高锰酸盐指数;氨氮")
        # (3.218 - 1) / 1, (16.70 - 6) / 6, (0.185 - 0.05) / 0.05; of TP 0.185 in a lake the class is Ⅴ, of DO 4.75 Ⅳ.
        assert second["超标项目"] == "氨氮(2.2);高锰酸盐指数(1.8);总磷(2.7);溶解氧"
        assert (third["状态"], third["水质类别"]) == ("不适用", "")
        assert "没有说明是河流还是湖库" in third["说明"]
        assert (fourth["状态"], fourth["水质类别"]) == ("数据不足", "")
        assert "浓度不能为负" in fourth["说明"]
        assert "4 行" in err

    def test_english_headings_and_words(self, yangban: Callable[..., Answer], tmp_path: Path) -> None:
        path = tmp_path / "samples.csv"
        path.write_text("site,type,do,tp,class\nA,river,6.1,0.25,old\nB,lake,6.1,0.25,old\n", encoding="utf-8")
        code, out, _ = yangban("--input", path, "--csv")
        first, second = rows(out)
        assert code == 0
        assert list(first) == [
            "site",
            "type",
            "do",
            "tp",
            "input_class",
            "edition",
            "class",
            "state",
            "deciding",
            "exceeding",
            "status",
            "reason",
        ]
        assert (first["edition"], first["class"], first["deciding"], first["exceeding"], first["status"]) == (
            "gb3838-2002",
            "Ⅳ",
            "tp",
            "tp",
            "ok",
        )
        assert (second["class"], second["input_class"]) == ("劣Ⅴ", "old")

    def test_one_type_for_the_whole_table(self, yangban: Callable[..., Answer], tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("tp\n0.05\n", encoding="utf-8")
        code, _, err = yangban("--input", path, "--csv")
        assert code == 2
        assert "没有“类型”列" in err
        assert rows(yangban("--input", path, "--type", "lake", "--csv")[1])[0]["class"] == "Ⅲ"

    def test_workbook_in_and_out(self, yangban: Callable[..., Answer], tmp_path: Path) -> None:
        source, target = tmp_path / "in.xlsx", tmp_path / "out.xlsx"
        with xlsxwriter.Workbook(str(source)) as book:
            page = book.add_worksheet("数据")
            page.write_row(0, 0, ["2022年监测结果"])
            page.write_row(1, 0, ["断面", "类型", "pH值", "氟化物(以F-计)", "备注"])
            page.write_row(2, 0, ["=1+1", "河流", 9.01, 0.3])
            page.write_string(2, 4, "=cmd()")
        code, out, _ = yangban("--input", source, "--out", target)
        assert (code, out.strip()) == (0, f"已写入 {target}：1 行")
        first, second = (CalamineWorkbook.from_path(str(target)).get_sheet_by_name(name).to_python() for name in ("水质类别", "说明"))
        assert first[0][5:] == ["标准版本", "水质类别", "水质状况", "定类因子", "超标项目", "状态", "说明"]
        assert first[1][2:10] == [9.01, 0.3, "=cmd()", "gb3838-2002", "劣Ⅴ", "重度污染", "pH", "pH"]
        assert any("GB 3838-2002" in str(cell) for row in second for cell in row)
        assert list(tmp_path.iterdir()) == [source, target] or set(tmp_path.iterdir()) == {source, target}

    def test_json_and_the_screen(self, yangban: Callable[..., Answer], tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("name,type,tp\nA,river,0.05\n", encoding="utf-8")
        _, out, _ = yangban("--input", path, "--json")
        (row,) = json.loads(out)
        assert (row["row"], row["input"], row["class"]) == (2, {"name": "A", "type": "river", "tp": "0.05"}, "Ⅱ")
        code, screen, _ = yangban("--input", path)
        assert code == 0
        assert "总磷" in screen

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("a,b\n1,2\n", "没有监测项目列"),
            ("type,tp,总磷\nriver,1,2\n", "只保留一列"),
            ("type,总磷(ppm)\nriver,1\n", "不能换算"),
        ],
    )
    def test_refused(self, yangban: Callable[..., Answer], tmp_path: Path, text: str, message: str) -> None:
        path = tmp_path / "a.csv"
        path.write_text(text, encoding="utf-8")
        code, _, err = yangban("--input", path, "--csv")
        assert code == 2
        assert message in err

    def test_an_output_that_cannot_be_written_is_refused_first(self, yangban: Callable[..., Answer], tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("type,tp\nriver,1\n", encoding="utf-8")
        assert yangban("--input", path, "--out", tmp_path / "a.docx")[0] == 2
        assert yangban("--input", tmp_path / "none.csv", "--csv")[0] == 2
