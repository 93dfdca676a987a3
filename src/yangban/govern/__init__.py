"""Plans, tasks, warnings, forms and acceptance: who must do what by when, who may say that it is done. Pure; nothing is read here.

A caller with a database loads rows under a lock, calls :func:`yangban.govern.tasks.transition` or :func:`yangban.govern.reports.advance`,
and writes back the row and the records that come out; the log is only ever added to.
"""
