"""Refusals are one line that names value, rule and nearest name."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multivector.errors import (
    InfeasibleFlow,
    MultivectorError,
    NoAnswer,
    NotCertified,
    UnknownName,
    WrongRequest,
    WrongWorld,
    nearest,
)
from multivector.problems import Problem

STATES = ("KAZ", "LKA", "KNA", "KGZ", "UZB", "Kazakhstan", "CHN", "CHE")


@pytest.mark.parametrize("kind", [WrongWorld, NoAnswer, WrongRequest])
def test_one_base(kind: type[MultivectorError]) -> None:
    assert issubclass(kind, MultivectorError)
    assert str(kind("said")) == "said"


@pytest.mark.parametrize(
    "error",
    [
        NotCertified("residual 0.1", best=(1.0, 2.0), residual=0.1),
        InfeasibleFlow("short by 3", cut=(1, 2), short=3.0),
        UnknownName("actor", "KAX", known=STATES),
        WrongWorld("broken", (Problem("actors.csv", 2, "id", "an id is due", ""),)),
        WrongRequest("said"),
    ],
)
def test_refusals_survive_pickling(error: MultivectorError) -> None:
    back = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(back) is type(error)
    assert str(back) == str(error)
    assert vars(back) == vars(error)


@pytest.mark.parametrize(
    ("name", "first"),
    [("KAX", "KAZ"), ("KZA", "KAZ"), ("kaz", "KAZ"), ("UZ", "UZB"), ("Kazakstan", "Kazakhstan")],
)
def test_nearest_name_comes_first(name: str, first: str) -> None:
    error = UnknownName("actor", name, known=STATES)
    assert error.nearest[0] == first
    assert str(error).startswith(f"unknown actor {name!r}; did you mean {first}")
    assert isinstance(error, MultivectorError)


@pytest.mark.parametrize("name", ["", "?", "a completely different thing", "\n", "\x00"])
def test_nothing_near(name: str) -> None:
    error = UnknownName("actor", name, known=STATES)
    assert error.nearest == ()
    assert str(error) == f"unknown actor {name!r}"
    assert "\n" not in str(error)


@given(name=st.text(max_size=12), known=st.lists(st.text(max_size=6), max_size=12))
def test_nearest_names_are_known_few_and_settled(name: str, known: list[str]) -> None:
    near = nearest(name, known)
    assert len(near) <= 3
    assert len(set(near)) == len(near)
    assert set(near) <= set(known)
    assert near == nearest(name, known[::-1])


@given(name=st.text(min_size=1, max_size=10))
def test_a_known_name_is_nearest_to_itself(name: str) -> None:
    assert nearest(name, (name, "something else"))[0].casefold() == name.casefold()


def test_a_problem_names_its_place() -> None:
    problem = Problem("flows.csv", 7, "sender", "is no known actor", "KAX", ("KAZ", "LKA"))
    assert str(problem) == "flows.csv:7: sender 'KAX' is no known actor (did you mean KAZ or LKA?)"
    assert str(Problem("flows.csv", 0, "", "is no table", "")) == "flows.csv: is no table"


@given(value=st.text(max_size=60), column=st.sampled_from(["", "sender"]))
def test_a_problem_is_one_line(value: str, column: str) -> None:
    said = str(Problem("flows.csv", 7, column, "is wrong", value))
    assert len(said.splitlines()) == 1
    assert said.isprintable()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["facts", "--about", "KAX"], "unknown actor 'KAX'; did you mean KAZ"),
        (["facts", "--row", "sources.cia-factbook"], "cia-factbook"),
        (["facts", "--row", "flows.00000000000000"], "unknown row 'flows.00000000000000'"),
        (["check", "nowhere"], "unknown folder 'nowhere'"),
        (["facts", "--world", "nowhere", "--about", "KAZ"], "unknown folder 'nowhere'"),
    ],
)
def test_the_command_line_refuses_in_one_line(tmp_path: Path, arguments: list[str], said: str) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "multivector", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert told.returncode == 1, told.stderr
    assert said in told.stderr
    assert "Traceback" not in told.stderr
    assert told.stdout == ""
    assert len(told.stderr.splitlines()) == 1
