"""The house rules of docs/architecture.md: who may import whom."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# What each app may import of the others. The pure rooms and `peers.transport` stand below all of them.
PURE = ("peers/protocol", "peers/classic")
BELOW = {
    **dict.fromkeys(PURE, set()),
    "accounts": set(),
    "peers": {"accounts"},
    "profiles": {"accounts", "peers"},
    "messaging": {"accounts", "peers", "profiles"},
}
APPS = {"accounts", "messaging", "peers", "peernet", "profiles"}
FLOOR = ("peers.protocol", "peers.classic", "peers.transport")


def modules_of(room: str) -> list[Path]:
    found = sorted((ROOT / room).rglob("*.py"))
    if room == "peers":
        return [path for path in found if not {"protocol", "classic"} & set(path.parts)]
    return found


def imports_of(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names


def is_on_floor(name: str) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in FLOOR)


@pytest.mark.parametrize("room", BELOW)
def test_a_room_imports_only_the_rooms_below_it(room):
    own = room.split("/")[0]
    for path in modules_of(room):
        for name in imports_of(path):
            app = name.split(".")[0]
            if app in APPS and app != own and not is_on_floor(name):
                assert app in BELOW[room], f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_imports_nothing_of_the_house_but_itself(room):
    own = room.replace("/", ".")
    for path in modules_of(room):
        for name in imports_of(path):
            assert name.split(".")[0] not in APPS | {"django"} or f"{name}.".startswith(f"{own}."), path


def test_the_pure_rooms_work_where_django_cannot_be_imported():
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for room in PURE
        for path in modules_of(room)
        if path.name != "__init__.py"
    ]
    script = "import sys; sys.modules['django'] = None\n" + "\n".join(f"import {name}" for name in names)
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


def test_one_module_only_imports_vodozemac():
    importers = [
        str(path.relative_to(ROOT))
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if "vodozemac" in imports_of(path)
    ]
    assert importers == ["peers/protocol/ratchet.py"]


def test_one_package_only_imports_urllib3():
    importers = {
        str(path.relative_to(ROOT).parent)
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if {"urllib3", "requests"} & {name.split(".")[0] for name in imports_of(path)}
    }
    assert importers == {"peers/transport"}
