"""Each check of a production start goes off for what it is there for, and is silent otherwise."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as conf
from django.core.checks import registry
from django.core.management import call_command
from django.db import connection

from spelunker.cache_serde import JSON_SERDE
from spelunker.checks import CHECKS, database, machine, services, tasks, web

CSP = conf.CONTENT_SECURITY_POLICY["DIRECTIVES"]
MEMCACHED = "django.core.cache.backends.memcached.PyMemcacheCache"


def ids(check: Callable[..., Any], **more: Any) -> list[str]:
    return [message.id for message in check(None, **more)]


@pytest.fixture(autouse=True)
def production(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MFA_REQUIRED_FOR_STAFF = True
    settings.METRICS_TOKEN = "qX4rT9vL2mZ7nB5kD8wJ3hF6"
    monkeypatch.delenv("FLOWER_BASIC_AUTH", raising=False)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_what_is_shipped_passes(check: Callable[..., Any]) -> None:
    assert ids(check) == []


CASES: list[tuple[Callable[..., Any], str, dict[str, Any]]] = [
    (web.content_security_policy, "spelunker.E001", {"CONTENT_SECURITY_POLICY": {}}),
    (web.content_security_policy, "spelunker.E001", {"CONTENT_SECURITY_POLICY": {"DIRECTIVES": CSP | {"default-src": ["'self'"]}}}),
    (web.content_security_policy, "spelunker.E002", {"CONTENT_SECURITY_POLICY": {"DIRECTIVES": CSP | {"style-src": ["'unsafe-inline'"]}}}),
    (web.content_security_policy, "spelunker.E002", {"CONTENT_SECURITY_POLICY": {"DIRECTIVES": CSP | {"img-src": ["*"]}}}),
    (web.content_security_policy, "spelunker.W001", {"CONTENT_SECURITY_POLICY_REPORT_ONLY": {"DIRECTIVES": {}}}),
    (web.cookies, "spelunker.E003", {"SESSION_COOKIE_SECURE": True, "SESSION_COOKIE_NAME": "sessionid"}),
    (web.cookies, "spelunker.E004", {"SESSION_COOKIE_DOMAIN": ".example.com"}),
    (web.cookies, "spelunker.W002", {"SESSION_SECONDS": 30 * 86400}),
    (web.cookies, "spelunker.W002", {"SESSION_IDLE_SECONDS": 0}),
    (web.middleware, "spelunker.E005", {"MIDDLEWARE": [m for m in conf.MIDDLEWARE if "LoginRequired" not in m]}),
    (web.hosts, "spelunker.E006", {"ALLOWED_HOSTS": ["*"]}),
    (web.hosts, "spelunker.E006", {"ALLOWED_HOSTS": [".example.com"]}),
    (web.hosts, "spelunker.E007", {"CSRF_TRUSTED_ORIGINS": ["https://*.example.com"]}),
    (web.hosts, "spelunker.E007", {"CSRF_TRUSTED_ORIGINS": ["http://x"], "SESSION_COOKIE_SECURE": True}),
    (web.proxies, "spelunker.E008", {"USE_X_FORWARDED_HOST": True}),
    (web.proxies, "spelunker.E009", {"SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"), "TRUSTED_PROXIES": 0}),
    (web.admin, "spelunker.E010", {"MFA_REQUIRED_FOR_STAFF": False}),
    (web.admin, "spelunker.E011", {"ADMIN_PATH": "/admin"}),
    (web.media, "spelunker.E012", {"MEDIA_ROOT": str(conf.STATIC_ROOT / "media")}),
    (web.media, "spelunker.E012", {"MEDIA_ROOT": str(conf.STATIC_ROOT.parent)}),
    (services.secrets, "spelunker.E013", {"METRICS_TOKEN": "changeme"}),
    (services.secrets, "spelunker.E013", {"METRICS_TOKEN": "x" * 40}),
    (services.secrets, "spelunker.E014", {"FIELD_KEYS": [conf.SECRET_KEY]}),
    (services.cache, "spelunker.E015", {"CACHES": {"default": {"BACKEND": MEMCACHED, "LOCATION": "m:1"}}}),
    (services.cache, "spelunker.E015", {"CACHES": {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache"}}}),
    (services.sessions, "spelunker.E016", {"SESSION_ENGINE": "django.contrib.sessions.backends.cache"}),
    (services.sessions, "spelunker.E017", {"SESSION_SERIALIZER": "x.PickleSerializer"}),
    (services.broker, "spelunker.E018", {"CELERY_BROKER_URL": "amqp://u:p@mq/", "CELERY_BROKER_TRANSPORT_OPTIONS": {}}),
    (services.broker, "spelunker.E019", {"CELERY_BROKER_URL": "amqp://guest:guest@mq/", "CELERY_BROKER_TRANSPORT_OPTIONS": {"confirm_publish": True}}),
    (tasks.results, "spelunker.E023", {"CELERY_RESULT_BACKEND": "db+postgresql://x"}),
    (tasks.results, "spelunker.E023", {"CELERY_TASK_IGNORE_RESULT": False}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("check", "expected", "changes"), CASES, ids=[f"{c[1]}-{n}" for n, c in enumerate(CASES)]
)
def test_what_is_unsafe_goes_off(
    check: Callable[..., Any], expected: str, changes: dict[str, Any], settings: Any
) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    assert expected in ids(check)


def test_a_cache_that_speaks_json_is_right(settings: Any) -> None:
    options = {"serde": JSON_SERDE}
    settings.CACHES = {"default": {"BACKEND": MEMCACHED, "LOCATION": "m:1", "OPTIONS": options}}
    assert ids(services.cache) == []


@pytest.mark.parametrize("given", ["admin:admin", "admin:password123456", ":", "admin:"])
def test_a_password_of_flower_that_can_be_guessed_goes_off(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOWER_BASIC_AUTH", given)
    assert ids(services.flower) == ["spelunker.E021"]


def test_an_open_api_of_flower_goes_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWER_UNAUTHENTICATED_API", "true")
    assert ids(services.flower) == ["spelunker.E020"]


def test_a_queue_that_may_lose_messages_goes_off(settings: Any) -> None:
    import kombu

    for bad in (
        kombu.Queue("q", durable=False),
        kombu.Queue("q", queue_arguments={"x-max-length": 9}),
    ):
        settings.CELERY_TASK_QUEUES = [bad]
        assert ids(tasks.queues) == ["spelunker.E022"]


def test_a_task_that_would_carry_a_secret_or_a_text_goes_off() -> None:
    from celery import current_app

    @current_app.task(name="tests.leaks")
    def leaks(document_id: int, api_key: str, prompt: str) -> None: ...

    try:
        assert ids(tasks.arguments) == ["spelunker.E024"] * 2
    finally:
        current_app.tasks.pop("tests.leaks")


def test_a_machine_without_walls_around_parsers_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert ids(machine.parsers) == ["spelunker.W003"]


def test_an_old_pgvector_is_told_of() -> None:
    assert database._version("0.8.5") < database.PGVECTOR <= database._version("0.10.0")


@pytest.mark.django_db
def test_an_audit_log_whose_guards_are_off_goes_off() -> None:
    assert ids(database.audit_log, databases=["default"]) == []
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER audit_before_delete")
    assert ids(database.audit_log, databases=["default"]) == ["spelunker.E025"]


def test_all_of_them_are_asked_by_check_deploy() -> None:
    known = {c for c in registry.registry.get_checks(include_deployment_checks=True)}
    assert known >= {*CHECKS, database.vectors, database.audit_log}
    assert not set(CHECKS) & set(registry.registry.get_checks())


def test_production_settings_pass_djangos_own_checks_too(settings: Any) -> None:
    for name, value in {
        "SECURE_SSL_REDIRECT": True, "SECURE_HSTS_SECONDS": 31_536_000,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": True, "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True, "SESSION_COOKIE_NAME": "__Host-session",
        "CSRF_COOKIE_NAME": "__Host-csrftoken", "ALLOWED_HOSTS": ["rfp.example.com"],
        "SECRET_KEY": "qX4rT9vL2mZ7nB5kD8wJ3hF6gC1pS0yA-qX4rT9vL2mZ7nB5kD8wJ", "DEBUG": False,
    }.items():  # fmt: skip
        setattr(settings, name, value)
    call_command("check", "--deploy", "--fail-level", "WARNING", "--tag", "security")
