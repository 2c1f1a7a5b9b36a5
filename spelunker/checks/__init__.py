"""What `manage.py check --deploy` looks at beside Django's own checks. Containers run it before
they start (docker/entrypoint.sh); an error keeps them from starting. Each is described in
docs/operators/security.md."""

from django.core.checks import Tags, register

from spelunker.checks import database, machine, services, tasks, web

CHECKS = (
    web.content_security_policy,
    web.cookies,
    web.middleware,
    web.hosts,
    web.proxies,
    web.admin,
    web.media,
    services.secrets,
    services.cache,
    services.sessions,
    services.broker,
    services.flower,
    tasks.queues,
    tasks.results,
    tasks.arguments,
    machine.parsers,
)


def connect() -> None:
    """Called once, when the apps are ready."""
    for check in CHECKS:
        register(check, Tags.security, deploy=True)
    register(database.vectors, Tags.database, deploy=True)
    register(database.audit_log, Tags.database, deploy=True)
