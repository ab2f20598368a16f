"""What the README and the guide tell a reader to type does what they say."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

from multivector.cli import run

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "docs" / "guide.md", ROOT / "docs" / "world.md"]
INLINE = re.compile(r"`(?:uv run )?(multivector [a-z]+ [^`]+)`")
SHELL = re.compile(r"```(?:sh|bash|console)\n(.*?)```", re.DOTALL)
LINE = re.compile(r"^(?:uv run )?(multivector [a-z]+ .+)$", re.MULTILINE)
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)


def commands() -> list[str]:
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    found = [command for text in texts for command in INLINE.findall(text)]
    found.extend(command for text in texts for block in SHELL.findall(text) for command in LINE.findall(block))
    runnable = [text for text in found if not re.search(r"my-world/|DIR|FILE|\.\.\.|…|<|\||--help", text)]
    return sorted(set(runnable))


def blocks() -> list[tuple[str, str]]:
    return [(page.name, code) for page in PAGES for code in PYTHON.findall(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("command", commands())
def test_commands_run(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [word if not word.endswith(".html") else str(tmp_path / word) for word in shlex.split(command)[1:]]
    monkeypatch.chdir(ROOT)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        code = run(words)
    assert code == 0
    assert out.getvalue() or "--html" in command or "check" in command


@pytest.mark.parametrize(("page", "code"), blocks(), ids=lambda one: one[:40])
def test_code_runs(page: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(code, page, "exec"), {})  # noqa: S102 - the README's own code is what is tested
    assert out.getvalue()


def test_readme_carries_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "pip install uv && uv run multivector brief KAZ" in text
    assert "uv run pytest" in text


def test_readme_quotes_the_headline_of_today() -> None:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        run(["brief", "KAZ"])
    quoted = re.search(r"```text\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert quoted
    assert quoted.group(1) in out.getvalue()
