"""What any page must be, found in its HTML."""

from html.parser import HTMLParser

from django.http import HttpResponse

MISSING = "missing-variable:%s"


class _Scanner(HTMLParser):
    """Collects what a strict content security policy refuses, and what readers would miss."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.headings = 0
        self.ids: list[str] = []
        self._pointed_at: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.headings += tag == "h1"
        if "id" in given:
            self.ids.append(given["id"] or "")
        for name in ("aria-describedby", "aria-labelledby", "for"):
            self._pointed_at += (given.get(name) or "").split()
        if tag == "style" or "style" in given:
            self.faults.append(f"inline style in <{tag}>")
        if tag == "script" and "src" not in given:
            self.faults.append("inline script")
        self.faults += [f"{name} in <{tag}>" for name in given if name.startswith("on")]
        if tag == "html" and not given.get("lang"):
            self.faults.append("no language")

    def finish(self) -> list[str]:
        faults = list(self.faults)
        if self.headings != 1:
            faults.append(f"{self.headings} first headings")
        faults += [f"id {name} twice" for name in set(self.ids) if self.ids.count(name) > 1]
        faults += [f"nothing has id {name}" for name in self._pointed_at if name not in self.ids]
        return faults


def faults_of(response: HttpResponse) -> list[str]:
    """Return what is wrong with a page: inline code, a missing variable, a dangling label."""
    html = response.content.decode()
    scanner = _Scanner()
    scanner.feed(html)
    faults = scanner.finish()
    if "missing-variable" in html:
        faults.append(html[html.index("missing-variable") :][:60])
    if "{#" in html or "{%" in html:
        faults.append("template code in the page")
    return faults
