"""Names and contacts of those who signed up go thirty days after the activity: asked for once a day."""

from __future__ import annotations

from yangban.web.cases.activities import erase_due
from yangban.web.jobs.daily import daily


@daily("activities.sweep")
def every_day() -> int:
    """Remove them; a quick statement, so the clock does it itself."""
    return erase_due()
