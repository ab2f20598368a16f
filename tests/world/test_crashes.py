"""A save that is killed at any point leaves the old world, the new one, or no world: never something between."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from multivector.errors import MultivectorError, UnknownName
from multivector.world import World

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")]

SAVE = """
import os, shutil, signal, sys
from pathlib import Path
import polars as pl
from multivector.world import World, saving

target, before, kill_at = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
steps = 0

def dying(step):
    def made(*args, **kwargs):
        global steps
        if steps == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        steps += 1
        return step(*args, **kwargs)
    return made

base = World.open()
kept = {"sources": 1000, "actors": 400, "flows": before}
tables = {table: rows.head(kept.get(table, 3)).collect().lazy() for table, rows in base.tables.items()}
print("ready", flush=True)
sys.stdin.readline()
for holder, names in ((os, ("fsync", "rename", "replace")), (shutil, ("rmtree",)), (Path, ("rename", "replace")),
                      (saving, ("write_table", "write_manifest"))):
    for name in names:
        setattr(holder, name, dying(getattr(holder, name)))
World(tables=tables, hash="new").save(target, force=True)
print("saved", steps, flush=True)
"""
OLD, NEW = 7, 11  # flows in the world before and after


def saving(target: Path, flows: int, kill_at: int = -1) -> subprocess.Popen[str]:
    """A process that stands ready to save a world of so many flows, and dies before its `kill_at`-th step."""
    command = [sys.executable, "-c", SAVE, str(target), str(flows), str(kill_at)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def steps_of(child: subprocess.Popen[str]) -> int | None:
    """Let it save; how many steps it took, or nothing where it died."""
    said, _ = child.communicate("go\n")
    return int(said.split()[1]) if said else None


def flows_in(target: Path) -> int | None:
    """How many flows the world at the target holds; nothing where there is no world."""
    try:
        world = World.open(target)  # opening puts back what a kill between the two renames had set aside
    except UnknownName:
        return None
    assert world.rows("votes").height == 3, "rows over the default world: the folder is not whole"
    return world.rows("flows").height


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> int:
    taken = steps_of(saving(tmp_path_factory.mktemp("steps") / "out", OLD))
    assert taken is not None
    return taken


def test_killed_while_saving_a_new_world(tmp_path: Path, steps: int) -> None:
    assert steps > 20
    seen = set()
    for step in (*range(0, steps, 7), steps - 2, steps - 1):
        target = tmp_path / f"out{step}"
        assert steps_of(saving(target, NEW, step)) is None
        seen.add(flows_in(target))
    assert seen <= {None, NEW}


def test_killed_while_replacing_a_world(tmp_path: Path, steps: int) -> None:
    """The moving into place has the last steps: each of them is tried."""
    lost = []
    for step in (0, steps // 2, *range(steps - 4, steps + 5)):
        target = tmp_path / f"out{step}"
        assert steps_of(saving(target, OLD)) is not None
        steps_of(saving(target, NEW, step))
        if flows_in(target) not in {OLD, NEW}:
            lost.append(step)
    assert not lost, f"no world at the target after a kill before step {lost} of about {steps}"


def test_killed_at_random_moments(tmp_path: Path) -> None:
    target = tmp_path / "out"
    assert steps_of(saving(target, OLD)) is not None
    seen = []
    for turn in range(20):
        child = saving(target, NEW)
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
        try:
            child.wait(timeout=0.004 * turn)
        except subprocess.TimeoutExpired:
            child.kill()
        child.communicate()
        seen.append(flows_in(target))
    assert set(seen) <= {OLD, NEW}


FULL = """
import resource, sys
from multivector.errors import MultivectorError
from multivector.world import World
base = World.open()
kept = {"sources": 1000, "actors": 400, "flows": 25_000}
world = World(tables={t: rows.head(kept.get(t, 3)).collect().lazy() for t, rows in base.tables.items()}, hash="new")
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    world.save(sys.argv[1], force=True)
except MultivectorError as error:
    print(error)
"""


def test_disk_that_is_full_is_said_in_one_line(tmp_path: Path) -> None:
    """No file may grow beyond 10 kB: the old world stays, nothing is left beside it."""
    target = tmp_path / "out"
    assert steps_of(saving(target, OLD)) is not None
    told = subprocess.run([sys.executable, "-c", FULL, str(target)], capture_output=True, text=True, check=False)
    assert flows_in(target) == OLD
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert told.returncode == 0, told.stderr.splitlines()[-1]
    assert len(told.stdout.splitlines()) == 1


def test_what_is_left_beside_is_no_world(tmp_path: Path, steps: int) -> None:
    """The half-written folder that a kill leaves has no manifest: it opens as additions or not at all."""
    steps_of(saving(tmp_path / "out", NEW, steps // 3))
    left = [path for path in tmp_path.iterdir() if path.is_dir()]
    assert left
    for path in left:
        assert not (path / "manifest.json").exists()
        try:
            opened = World.open(path)
        except MultivectorError:
            continue
        assert opened.rows("votes").height > 3
