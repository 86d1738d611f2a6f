"""The pages in a real browser: they draw the contract, let people try it, keep nothing and ask nobody else.

Pictures of what the browser drew are left in `build/documentation/`: look at them after a change of the pages.
"""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, Response, Route, ViewportSize, expect

from tests.support.browser import chromium
from tests.support.databases import SqliteDatabases
from tests.support.live import LiveClinic, live_clinic
from tests.support.server import ROOT

pytestmark = pytest.mark.needs_node
expect.set_options(timeout=30_000)  # the pages draw the contract piece by piece, which a busy machine takes long over
PICTURES = ROOT / "build" / "documentation"
WIDE: ViewportSize = {"width": 1440, "height": 900}
TALL: ViewportSize = {"width": 1440, "height": 2400}
PHONE: ViewportSize = {"width": 390, "height": 844}
HEADINGS = {
    "/docs": "Stance",
    "/docs/swagger": "Stance",
    "/problems": "Every refusal",
    "/problems/precondition-failed": "The resource has changed since you read it",
}
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`${event.violatedDirective} forbids ${event.blockedURI} (${event.sourceFile}:${event.lineNumber})`));
"""
WHAT_IS_KEPT = """
async () => [...Object.entries(localStorage), ...Object.entries(sessionStorage), ...await caches.keys(),
  ...(await indexedDB.databases()).map((one) => one.name), document.cookie].join("\\n")
"""
LIGHTNESS_OF_TEXT = (
    "(heading) => Math.max(...getComputedStyle(heading).color.match(/[0-9.]+/g).slice(0, 3).map(Number))"
)


@dataclass
class Visit:
    """One person's look at the pages, and everything that should not have happened meanwhile."""

    page: Page
    origin: str
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        context = self.page.context
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("request", self._heed_request)
        context.on("response", self._heed_response)
        context.on("requestfailed", lambda request: self.faults.append(f"failed: {request.url} {request.failure}"))
        context.on("console", self._heed_console)
        context.on("weberror", lambda error: self.faults.append(f"uncaught: {error.error}"))
        self.page.on("websocket", lambda socket: self.faults.append(f"a socket to {socket.url}"))
        context.route("**/*", self._let_pass)

    def open(self, path: str) -> None:
        self.page.goto(self.origin + path)
        # The service makes the document when it is first asked for it, which takes seconds.
        expect(self.heading(path)).to_be_visible()

    def heading(self, path: str) -> Locator:
        return self.page.locator("h1, h2", has_text=re.compile(f"^{HEADINGS[path]}")).first

    def picture(self, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png")

    def is_elsewhere(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.scheme not in {"data", "blob"} and f"{parts.scheme}://{parts.netloc}" != self.origin

    def _heed_request(self, request: Request) -> None:
        if self.is_elsewhere(request.url):
            self.faults.append(f"asked elsewhere: {request.url}")

    def _heed_response(self, response: Response) -> None:
        if response.status >= 400:
            self.faults.append(f"{response.status} of {response.url}")

    def _heed_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning", "assert"}:
            self.faults.append(f"{message.type} in the console: {message.text}")

    def _let_pass(self, route: Route) -> None:
        if self.is_elsewhere(route.request.url):
            route.abort()
        else:
            route.continue_()


Json = dict[str, Any]
Visitor = Callable[..., AbstractContextManager[Visit]]


@pytest.fixture(scope="module")
def clinic(sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveClinic]:
    for settings in sqlite_databases.fresh():
        with live_clinic(settings, tmp_path_factory.mktemp("clinic")) as clinic:
            yield clinic


@pytest.fixture(scope="module")
def browser(clinic: LiveClinic) -> Iterator[Browser]:
    with ThreadPoolExecutor(1) as meanwhile:
        meanwhile.submit(httpx.get, f"{clinic.url}/openapi.json", timeout=60)
        with chromium() as browser:
            yield browser


@pytest.fixture
def visitor(browser: Browser, clinic: LiveClinic) -> Visitor:
    """Somebody new, whose visit must go without a fault."""

    @contextmanager
    def visit(*, size: ViewportSize = WIDE) -> Iterator[Visit]:
        with browser.new_context(viewport=size) as context:
            visit = Visit(context.new_page(), clinic.url)
            yield visit
            assert not visit.faults

    return visit


@pytest.fixture(scope="module")
def contract(clinic: LiveClinic) -> Json:
    document: Json = httpx.get(f"{clinic.url}/openapi.json", timeout=60).json()
    return document


@pytest.fixture(scope="module")
def token(clinic: LiveClinic) -> str:
    person = {"login": "therapist", "password": clinic.password}
    signed_in = httpx.post(f"{clinic.url}/v1/auth/sign-in", json=person)
    return str(signed_in.raise_for_status().json()["access_token"])


def test_what_should_not_happen_does_not_pass_unseen(visitor: Visitor) -> None:
    with visitor() as visit:
        visit.page.set_content('<img src="https://elsewhere.example/pixel.png">')
        visit.open("/problems")
        with visit.page.expect_console_message(lambda message: "forbids" in message.text):
            visit.page.evaluate("document.body.setAttribute('style', 'color: red')")
        visit.page.goto(f"{visit.origin}/problems/no-such-thing")
        seen = "\n".join(visit.faults)
        visit.faults.clear()
    assert "asked elsewhere: https://elsewhere.example/pixel.png" in seen
    assert "style-src-attr forbids inline" in seen
    assert "404 of" in seen


def _expect_the_first_screen_to_introduce(page: Page) -> None:
    for words in ("Session notes for mentalization-based treatment (MBT)", "POST /v1/auth/sign-in"):
        expect(page.get_by_text(words).first).to_be_in_viewport()


def test_scalar_shows_the_contract_and_lets_people_try_it(visitor: Visitor, contract: Json, token: str) -> None:
    with visitor() as visit:
        page = visit.page
        visit.open("/docs")
        _expect_the_first_screen_to_introduce(page)
        visit.picture("scalar-first-screen")
        for tag in contract["tags"]:
            expect(page.locator("li > div > a", has_text=re.compile(f"^{tag['name']}$"))).to_be_attached()
        page.locator("a[href='#tag/notes']").click()
        page.locator("a[href$='/sign']", has_text="Sign a note").click()
        expect(page.locator("h3", has_text=re.compile("^Sign a note$"))).to_be_in_viewport()
        visit.picture("scalar-operation")
        page.locator("a[href='#description/introduction']").click()
        page.get_by_placeholder("Token").first.fill(token)
        page.locator("a[href='#tag/auth/GET/v1/me']").click()
        page.locator("button", has_text="(get /v1/me)").click()
        with page.expect_response("**/v1/me") as answered:
            page.locator("button[data-addressbar-action=send]:visible").click()
        assert answered.value.status == 200
        expect(page.get_by_text("200 OK")).to_be_visible()
        expect(page.locator("[role=dialog]", has_text='"kind": "practitioner"')).to_be_visible()
        visit.picture("scalar-tried")
        visit.open("/docs")
        expect(page.get_by_placeholder("Token").first).to_have_value("")
        assert token not in page.evaluate(WHAT_IS_KEPT)


def _drawn_on_the_way_down(page: Page, wanted: set[str]) -> set[str]:
    """Scroll until all that is wanted was drawn, and return what was: of a long page only what is near the window is.

    What a slow machine draws too late is met the next time down.
    """
    drawn: set[str] = set()
    for _ in range(10):
        page.evaluate("scrollTo(0, 0)")
        while not wanted <= drawn and not page.evaluate("scrollY + innerHeight >= document.body.scrollHeight"):
            page.wait_for_timeout(50)
            drawn |= set(page.locator(".opblock").evaluate_all("(all) => all.map((one) => one.id)"))
            if not wanted <= drawn:
                page.evaluate("scrollBy(0, innerHeight / 3)")
    return drawn


def test_swagger_ui_shows_the_contract_and_lets_people_try_it(visitor: Visitor, contract: Json, token: str) -> None:
    with visitor() as visit:
        page = visit.page
        visit.open("/docs/swagger")
        _expect_the_first_screen_to_introduce(page)
        visit.picture("swagger-first-screen")
        expected = {
            f"operations-{operation['tags'][0].replace(' ', '_')}-{operation['operationId']}"
            for item in contract["paths"].values()
            for operation in item.values()
        }
        assert _drawn_on_the_way_down(page, expected) == expected
        page.locator("button.authorize").click()
        page.locator(".auth-container input").fill(token)
        page.locator(".auth-container button[type=submit]").click()
        page.locator(".auth-container button.btn-done").click()
        operation = page.locator("#operations-auth-getMe")
        page.evaluate("scrollTo(0, 0)")
        page.set_viewport_size(TALL)
        operation.locator("button").first.click()
        operation.locator("button.try-out__btn").click()
        with page.expect_response("**/v1/me") as answered:
            operation.locator("button.execute").click()
        assert answered.value.status == 200
        answer = operation.locator(".live-responses-table")
        expect(answer).to_contain_text('"kind": "practitioner"')
        answer.scroll_into_view_if_needed()
        visit.picture("swagger-tried")
        visit.open("/docs/swagger")
        page.locator("button.authorize").click()
        expect(page.locator(".auth-container input")).to_have_value("")
        assert token not in page.evaluate(WHAT_IS_KEPT)


@pytest.mark.parametrize("path", HEADINGS)
def test_a_page_fits_a_phone_and_follows_the_light_of_the_system(visitor: Visitor, path: str) -> None:
    name = path.strip("/").replace("/", "-")
    with visitor(size=PHONE) as visit:
        visit.open(path)
        heading = visit.heading(path)
        lights: tuple[Literal["light", "dark"], ...] = ("light", "dark")
        for light in lights:
            visit.page.emulate_media(color_scheme=light)
            visit.page.set_viewport_size(PHONE)
            visit.page.wait_for_timeout(200)
            visit.picture(f"{name}-phone-{light}")
            assert visit.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
            assert (heading.evaluate(LIGHTNESS_OF_TEXT) > 127) == (light == "dark")
            visit.page.set_viewport_size(WIDE)
            visit.picture(f"{name}-wide-{light}")
