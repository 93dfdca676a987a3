"""What a browser says it is, in words that its owner knows: ``Edge · Windows``. Good for recognising, proves nothing."""

from __future__ import annotations

from yangban.web.words import pick

# The first mark that is found counts: most browsers also say that they are Chrome and Safari, and most systems that they are Linux.
_BROWSERS = (
    ("MicroMessenger", ("微信", "WeChat")), ("DingTalk", ("钉钉", "DingTalk")), ("360SE", ("360 浏览器", "360 browser")),
    ("QIHU", ("360 浏览器", "360 browser")), ("QQBrowser", ("QQ 浏览器", "QQ browser")), ("UBrowser", ("UC 浏览器", "UC browser")),
    ("UCBrowser", ("UC 浏览器", "UC browser")), ("Edg", ("Edge", "Edge")), ("Firefox/", ("Firefox", "Firefox")),
    ("Chrome/", ("Chrome", "Chrome")), ("Safari/", ("Safari", "Safari")),
)  # fmt: skip
_SYSTEMS = (
    ("Windows", ("Windows", "Windows")), ("HarmonyOS", ("鸿蒙", "HarmonyOS")), ("Android", ("安卓", "Android")),
    ("iPhone", ("苹果手机", "iPhone")), ("iPad", ("苹果平板", "iPad")), ("Mac OS X", ("苹果电脑", "macOS")),
    ("UOS", ("统信 UOS", "UOS")), ("Kylin", ("麒麟", "Kylin")), ("Linux", ("Linux", "Linux")),
)  # fmt: skip


def browser(agent: str) -> str:
    """The browser and the system of a ``User-Agent`` header; its first words where neither is known, empty for an empty one."""
    found = [next((pick(*words) for mark, words in marks if mark in agent), "") for marks in (_BROWSERS, _SYSTEMS)]
    return " · ".join(filter(None, found)) or agent[:40]
