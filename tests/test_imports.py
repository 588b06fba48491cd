"""The import arrows of the design, and what the core must not import."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {"tinyagent_app", "planner", "tools", "training"}
ALLOWED = {
    "tools": {"tools"},
    "planner": {"planner", "tools.spec", "tools.errors", "tools.context"},
    "training": {"training", "planner", "tools"},
    "tinyagent_app": {"tinyagent_app", "planner", "tools", "training"},
}
EVALUATION = "training.evaluation"
"""Only the commands of `tinyagent eval` import it, and nothing else of `training`."""
HEAVY = {"torch", "transformers", "sentence_transformers", "numpy", "llama_cpp", "icalendar", "vobject"}


def imports(path: Path) -> set[str]:
    """The dotted names that a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names):
                found |= {name.name for name in names}
            case ast.ImportFrom(module=str(module), level=0):
                found.add(module)
    return found


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_packages_import_only_what_the_design_allows(package: str) -> None:
    assert modules(package)
    for path in modules(package):
        own = {name for name in imports(path) if name.partition(".")[0] in PACKAGES}
        wrong = {n for n in own if not any(n == a or n.startswith(f"{a}.") for a in ALLOWED[package])}
        if package == "tools":
            wrong -= {"tools"}
        if package == "tinyagent_app" and path.stem.startswith("evaluate"):
            wrong = {name for name in wrong if not name.startswith(EVALUATION)}
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


def test_the_command_line_starts_without_anything_heavy() -> None:
    code = "import sys, tinyagent_app.cli; print(*{m.partition('.')[0] for m in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not HEAVY & set(done.stdout.split())
