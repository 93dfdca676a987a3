"""Cases, compendia and activities as tables."""

from yangban.web.cases.models.activities import Activity, ServiceHours, SignUp
from yangban.web.cases.models.books import Book, BookMade
from yangban.web.cases.models.library import Case, CaseCall, CaseStep, CaseTag, CaseVersion, Picture, Reuse

__all__ = [
    "Activity",
    "Book",
    "BookMade",
    "Case",
    "CaseCall",
    "CaseStep",
    "CaseTag",
    "CaseVersion",
    "Picture",
    "Reuse",
    "ServiceHours",
    "SignUp",
]
