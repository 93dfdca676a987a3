"""The researcher's notebook runs from top to bottom."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).resolve().parents[2] / "docs" / "start" / "notebook.ipynb"


# The kernel's event loop leaves its sockets to the garbage collector, which warns about them in whatever test comes next.
@pytest.mark.filterwarnings("default")
def test_the_notebook_runs(tmp_path: Path) -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    ran = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert ran
    assert [cell.execution_count for cell in ran] == list(range(1, len(ran) + 1))


def test_the_notebook_is_kept_without_output() -> None:
    """Outputs would go stale unseen; a reader runs the notebook and sees their own."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert [cell.outputs for cell in notebook.cells if cell.cell_type == "code" and cell.outputs] == []
