"""A browser without a network, and the pages it opens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Route, sync_playwright

from multivector.brief.build import build
from multivector.brief.content import Brief
from multivector.brief.html import render_html
from multivector.lenses.exposure.params import ExposureParams
from multivector.world import World

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass
class Opened:
    """A page in the browser, with everything it complained about and asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def listen(self) -> None:
        def heard(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"}:
                self.complaints.append(message.text)

        def asked(request: Request) -> None:
            self.requests.append(request.url)

        self.page.on("console", heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", asked)


Opener = Callable[..., Opened]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}: apt-get install chromium")
    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def brief() -> Brief:
    return build(World.open(), ExposureParams(pivot="KAZ"))


@pytest.fixture(scope="session")
def page_file(brief: Brief, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "brief.html"
    path.write_text(render_html(brief), encoding="utf-8")
    return path


@pytest.fixture
def opened(browser: Browser, page_file: Path) -> Iterator[Opener]:
    """Opens the page offline and waits until all is drawn; any request but for files and data fails."""
    contexts: list[BrowserContext] = []

    def opener(*, width: int = 1280, dark: bool = False, path: Path = page_file) -> Opened:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", reduced_motion="reduce"
        )
        contexts.append(context)
        context.set_offline(offline=True)
        context.route(lambda url: not url.startswith(("file:", "data:")), refuse)
        one = Opened(context.new_page())
        one.listen()
        one.page.goto(path.as_uri())
        one.page.wait_for_selector("body[data-ready]", state="attached")
        return one

    yield opener
    for context in contexts:
        context.close()


def refuse(route: Route) -> None:
    route.abort()
