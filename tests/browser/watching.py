"""What no page may do, whatever a test is about: errors, refused content, other hosts."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

CSP_LISTENER = """document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP refused ${event.blockedURI} (${event.violatedDirective})`));"""
LOCAL = ("data:", "blob:", "about:")


class Watch:
    """Collects the problems of all pages of a browser context."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.origin = origin
        self.problems: list[str] = []
        self.expected: list[str] = []
        context.add_init_script(CSP_LISTENER)
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("page", self.follow)

    def follow(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))

    def expect(self, words: str) -> None:
        """A console line with these words is right in this test (a refusal's status, say)."""
        self.expected.append(words)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(e in message.text for e in self.expected):
            self.problems.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", *LOCAL)):
            self.problems.append(f"asked another host: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.problems.append(f"{response.status} from {response.url}")
