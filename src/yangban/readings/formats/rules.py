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
    "zip_archive": "这是 zip（或 xlsx）压缩包；请解压或另存为 CSV 后再导入",
    "empty_file": "文件是空的",
    "unknown_layout": "表头不是认识的格式：需要 date,hour,type,地名… 或 城市,时间,PM2.5… 或 城市,时间,污染物,数值",
    "unreadable": "文件读不出",
    # whole columns
    "unknown_place": "不认识的地名或站点编码，其数值未采用",
    "duplicate_column": "与前面的列是同一个地方，同一时刻的值却不同，以前一列为准",
    # whole lines
    "encoding": "这一行含有无法识别的字节",
    "nul_byte": "这一行含有空字符（NUL）",
    "long_line": "这一行过长",
    "ragged_line": "这一行的列数与表头不同",
    "bad_time": "时间读不出，或不是整点",
    "no_year": "时间没有年份，无法归到某一天",
    "future_time": "时间在将来",
    "unknown_type": "不认识的指标类型",
    "unknown_pollutant": "不认识的污染物名称",
    "unknown_unit": "不认识的单位",
    # cells
    "sentinel": "这是表示“没有数据”的记号，不是浓度",
    "negative": "浓度是负数",
    "text": "不是数字",
    "not_finite": "不是有限的数",
    "formula": "这是表格公式，不是数值",
    "not_storable": "数值太大，存不下",
    "superseded_in_file": "同一文件里后面还有同一时刻的另一个值，以最后一行为准",
}
"""Rule id to its reason in plain Chinese."""
