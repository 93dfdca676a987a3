"""Parts of addresses: the number of a release, a period, the code of a place, a word."""

from __future__ import annotations


class ReleaseNumber:
    """``0001``."""

    regex = r"\d{4,6}"

    def to_python(self, value: str) -> int:
        """As a number."""
        return int(value)

    def to_url(self, value: int | str) -> str:
        """With its zeros."""
        return f"{int(value):04d}"


class _Text:
    regex = ""

    def to_python(self, value: str) -> str:
        """As it is."""
        return value

    def to_url(self, value: str) -> str:
        """As it is."""
        return value


class PeriodLabel(_Text):
    """``2022``, ``2022-Q1``, ``2022-H1``, ``2022-06``, ``2022-06-13``, and ``2019-01-01~2023-12-31`` for what is written with a stroke."""

    regex = (
        r"\d{4}(?:-(?:Q[1-4]|H[12]|(?:0[1-9]|1[0-2])"
        r"(?:-(?:0[1-9]|[12]\d|3[01])(?:~\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))?)?))?"
    )

    def to_python(self, value: str) -> str:
        """As labels are written."""
        return value.replace("~", "/")

    def to_url(self, value: str) -> str:
        """A stroke would end the part of the address."""
        return value.replace("/", "~")


class RegionCode(_Text):
    """``360100``."""

    regex = r"\d{6}"


class Word(_Text):
    """An indicator, a subject or a document: ``air.pm25.mean``, ``section:360000:外洲``, ``hj633-2012``."""

    regex = r"[^/\s]{1,120}"
