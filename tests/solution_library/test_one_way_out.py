"""Only `fetching` speaks to the outside; a second HTTP client would have none of its checks."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("spelunker", "jobs", "llm_manager", "solution_library", "rfp_manager")
CLIENTS = (
    "requests", "httpx", "urllib3", "aiohttp", "http.client", "urllib.request", "boto3",
    "botocore", "feedparser", "ftplib", "smtplib", "telnetlib", "xmlrpc.client",
)  # fmt: skip
#: Parts that compute or parse and never call anybody, and who may use them.
HARMLESS = {
    "solution_library/sources/s3_requests.py": {
        "botocore.auth", "botocore.awsrequest", "botocore.credentials",
    },
    "solution_library/parsing/feeds.py": {"feedparser"},
}  # fmt: skip


def imported(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def clients_in(source: str) -> set[str]:
    if not any(client.partition(".")[0] in source for client in CLIENTS):
        return set()
    return {
        name for name in imported(ast.parse(source))
        if any(name == client or name.startswith(client + ".") for client in CLIENTS)
    }  # fmt: skip


def test_nothing_but_fetching_imports_an_http_client() -> None:
    offenders: dict[str, set[str]] = {}
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            name = str(path.relative_to(ROOT))
            if name.startswith("solution_library/fetching/"):
                continue
            allowed = HARMLESS.get(name, set())
            found = clients_in(path.read_text())
            found = {n for n in found if not any(n == a or n.startswith(a + ".") for a in allowed)}
            if found:
                offenders[name] = found
    assert offenders == {}


@pytest.mark.parametrize(
    "planted",
    ["import requests", "from urllib.request import urlopen", "import urllib.request as u",
     "def f():\n    import httpx", "from http import client", "import boto3",
     "from botocore.httpsession import URLLib3Session"],
)  # fmt: skip
def test_a_planted_client_would_be_found(planted: str) -> None:
    assert clients_in(planted)
