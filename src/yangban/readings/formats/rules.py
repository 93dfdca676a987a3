"""The reasons for which something is refused, as a person reads them.

Only what is no measurement is refused: sentinels, negatives, text, and what cannot be placed in time or space. A zero or a strange
number is used and flagged (:mod:`yangban.readings.quality`).
"""

from __future__ import annotations

from typing import Final

REASONS: Final[dict[str, str]] = {
    # whole files
    "appledouble": "这是 macOS 的附属文件（AppleDouble），不含数据；真正的文件是去掉“._”的同名文件",
    "not_text": "不是文本或 Parquet 文件，读不出内容；请另存为 UTF-8 或 GB18030 编码的 CSV",
    "truncated_gzip": "gzip 文件不完整或已损坏，整个文件未采用；请重新传送",
    "zip_bomb": "解压后的大小超出限度，疑为压缩炸弹，整个文件未采用",
    "zip_archive": "这是 zip 压缩包而不是工作簿；请解压后再导入",
    "empty_file": "文件是空的",
    "unknown_layout": "表头不是认识的格式：需要 date,hour,type,地名… 或 城市,时间,PM2.5… 或 城市,时间,污染物,数值",
    "unreadable": "文件读不出",
    "broken_workbook": "工作簿打不开，可能已损坏；请用 Excel 或 WPS 打开后另存为 .xlsx",
    "sparse_workbook": "工作表里只有零星的格，却一直写到很远的行列，打开会占满内存，文件未采用；请删去表外的格另存",
    "locked_workbook": "工作簿有密码；请先取消密码",
    "no_sheet": "工作簿里没有映射文件指定的工作表",
    "mapping_mismatch": "表头与映射文件不符，文件未采用",
    "co_unit": "一氧化碳没有写明单位，数值又不像 mg/m³，文件未采用；请用 --unit co=ug/m3（或 co=mg/m3）写明",
    "two_columns": "有两列是同一项污染物，不知以哪一列为准，文件未采用；请用映射文件指定",
    "no_snapshot": "监测时间没有年份，文件名里又没有快照时间（如 2022_06_05_16h31m），文件未采用；请改回原来的文件名",
    "water_unit": "没有写明单位，数值又不像这一项的单位，文件未采用；请在表头、映射文件或 --unit 写明",
    "swapped_columns": "有列写反了，文件未采用；请核对表头",
    "outside_place": "文件里有不由报送单位负责的地区、站点或断面，整个文件未采用；请只报送本地区的数据",
    "broken_json": "不是完整的 JSON，或不是水质发布的格式（thead、tbody），文件未采用",
    # whole sheets
    "other_sheet": "这张工作表也像是读数，但一次只读一张；请用映射文件的 sheet 指定后再导入一次",
    # whole columns
    "unknown_place": "不认识的地名或站点编码，其数值未采用",
    "duplicate_column": "与前面的列是同一个地方，同一时刻的值却不同，以前一列为准",
    "unclear_ozone": "日值表的臭氧列没有写明是 1 小时还是日最大 8 小时，未采用；请把表头改为 O3_8h，或用映射文件指定",
    # whole lines
    "encoding": "这一行含有无法识别的字节",
    "nul_byte": "这一行含有空字符（NUL）",
    "long_line": "这一行过长",
    "ragged_line": "这一行的列数与表头不同",
    "bad_time": "时间读不出，或不是整点（只有日期的日值表应有 O3_8h 列，或加 --daily）",
    "no_year": "时间没有年份，无法归到某一天",
    "future_time": "时间在将来",
    "snapshot_year": "时间与快照时间相差太远，年份无法确定",
    "bad_water_time": "时间读不出；请写成 2022-06-05、2022-06-05 16:00 或 2022-06",
    "no_section": "没有断面名称",
    "no_province": "不认识省份，或没有写；断面在各省重名，请加“省份”一列，或用映射文件的 province 指定",
    "unknown_type": "不认识的指标类型",
    "unknown_pollutant": "不认识的污染物名称",
    "unknown_unit": "不认识的单位",
    # rows of a list of stations
    "station_code": "没有站点编号，或编号里有空格、冒号、逗号",
    "station_city": "不认识这个城市，这一行未采用",
    "station_county": "不认识这个区县，或它不在所写的城市里，这一行未采用",
    "station_network": "不认识的监测网络；请写 state 国控、province 省控或 county 县控",
    "station_role": "不认识的点位类型；请写 evaluation 评价点、background 背景点或 control 对照点，对照点一列写 是 或 否",
    "station_coordinates": "经纬度不是十进制的度",
    "station_swapped": "经度与纬度写反了，这一行未采用；请改正后再导入",
    "station_outside": "坐标不在中国范围内，这一行未采用",
    "station_date": "日期读不出；请写成 2021-01-01",
    "station_dates_reversed": "停用日期早于启用日期",
    "station_duplicate": "站点编号重复，以前一行为准",
    "station_overlap": "同一站点的起止日期重叠",
    "station_undated": "与已登记的不同，但没有写明从哪天起；请填启用日期，或用 --from 指定",
    # rows of a list of water sections
    "section_place": "城市不在所写的省份里，这一行未采用",
    "section_kind": "不认识的水体类型；请写 river 河流 或 lake 湖库",
    "section_network": "不认识的监测网络；请写 state 国控、province 省控、city 市控或 county 县控",
    "section_trust": "不认识的坐标可信度；请写 surveyed 实测、stated 来源所写或 unreliable 不可靠",
    "section_target": "不认识的水质目标；请写 Ⅰ 到 Ⅴ（或 1 到 5），历年目标写成 2022:2;2023:2",
    "section_duplicate": "断面重复，以前一行为准",
    "section_overlap": "同一断面的起止日期重叠",
    # rows of tables of sound
    "sound_kind": "看不出监测的是区域、道路还是功能区；请加“监测类型”一列，写 区域、道路 或 功能区",
    "sound_point": "没有测点（网格、路段）名称",
    "sound_city": "不认识城市，或没有写；请加“城市”一列",
    "sound_class": "不认识的声环境功能区类别；请写 0、1、2、3、4a 或 4b",
    "sound_length": "路段长度不是数；这一路段不能计入按长度的加权平均",
    "bad_sound_time": "时间读不出；请写成 2022-06-05、2022-06 或 2022，季度写在“季度”一列",
    # records of species
    "nature_date": "日期读不出，或没有这一天；请写成 2022-01-15、2022-01 或 2022，时段写成 2022-01-15/2022-01-20",
    "nature_reversed": "结束日期早于开始日期",
    "nature_no_taxon": "没有物种名称",
    "unknown_taxon": "不是物种名称：既不在名录中，也不是学名或中文名",
    "swapped_coordinates": "经度与纬度写反了；请改正后再导入",
    "bad_coordinates": "经纬度不是十进制的度，或超出范围，或只有一个",
    "outside_region": "坐标不在所写的省份（或本地区）范围内；请核对坐标，或写明所在省份",
    "bad_count": "个体数不是整数",
    "bad_effort": "调查努力量不是数，或没有单位",
    "bad_share": "占种群比例不是 0 到 100 的数",
    "unknown_province": "不认识所写的省份",
    # cells
    "sentinel": "这是表示“没有数据”的记号，不是浓度",
    "negative": "浓度是负数",
    "no_limit": "写的是未检出，却没有检出限；请写成 <0.05 或 0.05L",
    "text": "不是数字",
    "not_finite": "不是有限的数",
    "formula": "这是表格公式，不是数值",
    "not_storable": "数值太大，存不下",
    "superseded_in_file": "同一文件里后面还有同一时刻的另一个值，以最后一行为准",
}
"""Rule id to its reason in plain Chinese."""
