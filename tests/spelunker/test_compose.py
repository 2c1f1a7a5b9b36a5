"""What docker-compose.yml promises about every container, and the image about itself."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobs.queues import QUEUES

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
RUN_ONCE = {"keys", "migrate"}
ONLY_ON_LOOPBACK = {"flower", "rabbitmq"}
OUR_OWN = {name for name, service in SERVICES.items() if "build" in service}
DEFAULT = re.compile(r"\$\{(\w+):-([^}]*)\}")
#: A series for people, and what cannot be moved to another image.
PINNED = re.compile(r"[\w./-]+:(?!latest)[\w.-]+@sha256:[0-9a-f]{64}")

SECRET = re.compile(r"SECRET|PASSWORD|FIELD_KEYS|_AUTH$|TOKEN|DSN|(DATABASE|BROKER|EMAIL)_URL")
#: Variables of one machine, of development, or of what containers have one way only.
NOT_IN_CONTAINERS = {
    "DEBUG", "SPELUNKER_EMBEDDED", "SPELUNKER_VAR_DIR", "CELERY_TASK_ALWAYS_EAGER", "POSTGRES_BIN",
    "JOBS_LEASE_SECONDS", "JOBS_LEASE_RENEW_SECONDS", "JOBS_SLICE_SECONDS",
    "JOBS_REDISPATCH_SECONDS", "JOBS_BROKER_WINDOW", "JOBS_CANCEL_GRACE_SECONDS",
    "WORKER_MAX_MEMORY_KB",
}  # fmt: skip

every_service = pytest.mark.parametrize("name", sorted(SERVICES))


def default_of(text: str) -> str:
    """What compose makes of `${NAME:-value}` when nothing is set."""
    return DEFAULT.sub(lambda match: match[2], str(text))


def dotenv() -> dict[str, str]:
    """Images are named in comments, for a copy must not keep those of an old release."""
    text = (ROOT / ".env.example").read_text()
    return dict(re.findall(r"^(?:# (?=\w+_IMAGE=))?(\w+)=(.*)$", text, re.MULTILINE))


@pytest.mark.contract("A35", "F8")
def test_there_is_one_worker_for_each_queue_with_the_registrys_concurrency() -> None:
    workers = {n.removeprefix("worker-"): s for n, s in SERVICES.items() if "worker" in n}
    assert {name: service["command"] for name, service in workers.items()} == {
        name: ["worker", name] for name in QUEUES
    }
    for name, service in workers.items():
        concurrency = default_of(service["environment"]["WORKER_CONCURRENCY"])
        assert int(concurrency) == QUEUES[name].concurrency


@pytest.mark.contract("A34")
def test_all_processes_of_the_product_are_there() -> None:
    assert {"postgres", "rabbitmq", "memcached", "migrate", "web", "relay"} <= set(SERVICES)
    assert {"scheduler", "flower"} <= OUR_OWN


@every_service
@pytest.mark.contract("F34")
def test_image_versions_are_pinned_and_can_be_chosen(name: str) -> None:
    image = SERVICES[name]["image"]
    assert DEFAULT.fullmatch(image), "an image name comes from the environment"
    if name in OUR_OWN:
        assert re.fullmatch(r"spelunker:\d+\.\d+\.\d+", default_of(image))
    else:
        assert PINNED.fullmatch(default_of(image)), f"{name} can be moved to another image"


def test_every_place_that_names_an_image_of_others_names_the_same() -> None:
    (base,) = re.findall(
        r"^ARG PYTHON_IMAGE=(.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    assert PINNED.fullmatch(base) and dotenv()["PYTHON_IMAGE"] == base
    assert SERVICES["web"]["build"]["args"]["PYTHON_IMAGE"] is None, "the Dockerfile's own"
    for name in set(SERVICES) - OUR_OWN:
        (variable, image) = DEFAULT.findall(SERVICES[name]["image"])[0]
        assert dotenv()[variable] == image
    mail = yaml.safe_load((ROOT / "compose.dev.yml").read_text())["services"]["mail"]["image"]
    assert PINNED.fullmatch(default_of(mail))


def test_new_digests_come_to_all_places_at_once(tmp_path: Path) -> None:
    """scripts/pin-images, with a docker that knows one digest for everything."""
    places = [
        "Dockerfile", "docker-compose.yml", "compose.dev.yml", ".env.example", "scripts/pin-images",
        *(str(one.relative_to(ROOT)) for one in ROOT.glob("deploy/kubernetes/stores/*.yaml")),
    ]  # fmt: skip
    for place in places:
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / place, tmp_path / place)
    docker = tmp_path / "docker"
    docker.write_text(f"#!/bin/sh\necho Name: $4\necho 'Digest:  sha256:{'0' * 64}'\n")
    docker.chmod(0o755)
    script = [str(tmp_path / "scripts/pin-images")]
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    printed = subprocess.run(script, env=path, check=True, capture_output=True, text=True).stdout
    assert printed.count(f"@sha256:{'0' * 64}\n") == 4 and printed.endswith("REQUIRE_DIGEST=1\n")
    subprocess.run([*script, "--write"], env=path, check=True)
    text = "".join((tmp_path / place).read_text() for place in places)
    assert set(re.findall(r"@sha256:(\w+)", text)) == {"0" * 64}


@every_service
def test_no_container_has_more_powers_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert str(service["user"]).split(":")[0] not in ("", "0", "root")
    assert "privileged" not in service
    assert not any("docker.sock" in str(volume) for volume in service.get("volumes", []))


@every_service
@pytest.mark.contract("B12")
def test_no_container_can_eat_the_machine(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(r"(\$\{\w+:-)?\d+[mg]\}?", service["mem_limit"])
    assert service["pids_limit"] <= 512
    assert service["logging"]["options"]["max-size"]


@every_service
def test_what_dies_comes_back_and_what_is_done_stays_done(name: str) -> None:
    policy = SERVICES[name]["restart"]
    assert policy.startswith("on-failure") if name in RUN_ONCE else policy == "unless-stopped"


@every_service
def test_every_lasting_service_is_asked_whether_it_works(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    if name in RUN_ONCE:
        assert check == {"disable": True}
        return
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert check["start_period"] and check["timeout"]


def test_only_the_web_server_can_be_published_beyond_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(published) == {"web", *ONLY_ON_LOOPBACK}
    for name in ONLY_ON_LOOPBACK:
        assert all(port.startswith("127.0.0.1:") for port in published[name])
    assert all(default_of(port).startswith("127.0.0.1:") for port in published["web"])


def test_the_stores_of_data_have_no_way_out() -> None:
    assert COMPOSE["networks"]["data"]["internal"] is True
    for name in ("postgres", "memcached", "relay", "migrate", "scheduler"):
        assert SERVICES[name]["networks"] == ["data"]
    assert "outside" not in SERVICES["rabbitmq"]["networks"]
    assert [name for name, one in SERVICES.items() if "web" in one.get("networks", [])] == ["web"]
    assert SERVICES["keys"]["network_mode"] == "none"


def test_a_worker_gets_time_to_finish_the_item_in_hand() -> None:
    for name in QUEUES:
        assert SERVICES[f"worker-{name}"]["stop_grace_period"] == "90s"


def test_documents_are_shared_by_web_and_workers_and_not_with_flower() -> None:
    with_documents = {n for n in OUR_OWN if "media:/data/media" in SERVICES[n]["volumes"]}
    assert {"web", "worker-default", "worker-embedding", "worker-batch"} <= with_documents
    assert "flower" not in with_documents


def test_no_secret_stands_in_the_environment_of_a_lasting_container() -> None:
    for name, service in SERVICES.items():
        if name == "keys":
            continue
        for variable, value in service.get("environment", {}).items():
            if SECRET.search(variable.removesuffix("_FILE")):
                assert variable.endswith("_FILE") and value.startswith("/keys/")


def test_no_container_reads_the_keys_of_another_kind() -> None:
    for name, service in SERVICES.items():
        mounted = str(service.get("volumes", ""))
        if name != "keys":
            assert ("keys-postgres" in mounted) == (name == "postgres")
            assert ("keys-rabbitmq" in mounted) == (name == "rabbitmq")
            assert ("keys-owner" in mounted) == (name == "migrate")
            assert ("keys-worker" in mounted) == (name.startswith("worker-") or name == "migrate")


def test_the_example_environment_holds_no_secret_and_only_what_compose_reads() -> None:
    example, text = dotenv(), (ROOT / "docker-compose.yml").read_text()
    read = dict(DEFAULT.findall(text))
    example.pop("PYTHON_IMAGE")  # the Dockerfile's
    assert set(example) == set(read)
    assert {n: v for n, v in example.items() if v != read[n]} == {}
    assert all(example[name] == "" for name in example if SECRET.search(name))


def test_every_variable_of_the_settings_reaches_the_containers() -> None:
    given = set(environment_of("web")) | set(environment_of("migrate"))
    reached = given | {name.removesuffix("_FILE") for name in given}
    assert variables_of_settings() - reached - NOT_IN_CONTAINERS == set()
    assert variables_of_settings() >= NOT_IN_CONTAINERS, "an exception that nothing needs"


def test_what_is_read_as_a_number_or_a_switch_is_never_given_empty() -> None:
    """An empty value is taken for text; elsewhere the program would not start."""
    numbers = set(re.findall(r"env\.(?:int|float|bool)\(\s*\"(\w+)\"", settings_text()))
    for name, value in environment_of("web").items():
        assert name not in numbers or default_of(value) != "", name


def test_numbers_that_nobody_sets_are_those_of_the_program() -> None:
    given = environment_of("web")
    named = re.findall(r"env\.(?:int|float)\(\s*\"(\w+)\",\s*default=([\d._]+)", settings_text())
    for name, value in named:
        if name in given and name != "LIBRARY_GRAPH_MEMORY_MB":  # a container has less
            assert float(default_of(given[name])) == float(value), name


def environment_of(name: str) -> dict[str, str]:
    """Anchors merged, as yaml.safe_load does."""
    return {key: str(value) for key, value in SERVICES[name]["environment"].items()}


def settings_text() -> str:
    folder = ROOT / "spelunker"
    files = [folder / "settings.py", *sorted((folder / "configuration").glob("*.py"))]
    return "\n".join(path.read_text() for path in files)


def variables_of_settings() -> set[str]:
    text = settings_text()
    named = set(re.findall(r"env\.\w+\(\s*\"(\w+)\"", text))
    assert 'f"JOBS_RETENTION_DAYS_{name.upper()}"' in text
    return named


@pytest.mark.contract("F2")
def test_the_broker_waits_longer_for_a_worker_than_any_task_may_take(settings: Any) -> None:
    conf = (ROOT / "docker" / "rabbitmq.conf").read_text()
    found = re.search(r"^consumer_timeout = (\d+)$", conf, re.MULTILINE)
    assert found and int(found[1]) / 1000 > settings.CELERY_TASK_TIME_LIMIT


def test_the_image_runs_as_nobody_special_and_asks_itself_how_it_is() -> None:
    text = (ROOT / "Dockerfile").read_text()
    last = text.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert "\nHEALTHCHECK " in last
    assert "--require-hashes --only-binary :all:" in text
    assert ":latest" not in text
    assert re.search(r"tini\b.* postgresql-client", text)
    assert 'ENTRYPOINT ["tini", "-s", "--", "docker/entrypoint.sh"]' in last


def test_each_role_starts_one_program_and_checks_within_it() -> None:
    """Each start of Python takes seconds where ten containers start at once."""
    text = (ROOT / "docker" / "entrypoint.sh").read_text()
    roles = dict(re.findall(r"^(\w+|\*)\)\n(.*?)^    ;;", text, re.MULTILINE | re.DOTALL))
    assert {"web", "relay", "worker", "scheduler", "flower", "migrate", "keys"} < set(roles)
    for role, lines in roles.items():
        started = re.findall(r"^\s*(exec )?(python|celery|gunicorn|\"\$@\")", lines, re.MULTILINE)
        assert [how for how, _ in started] == ["exec "], role
    assert "--preload" in roles["web"]


def test_checks_of_health_start_no_package_and_no_second_broker() -> None:
    for name in OUR_OWN - RUN_ONCE:
        assert SERVICES[name]["healthcheck"]["test"][:3] == ["CMD", "python", "-IS"], name
    assert "rabbitmq-diagnostics" not in str(SERVICES["rabbitmq"]["healthcheck"])
    read = (ROOT / "docker" / "healthcheck.py").read_text()
    assert set(re.findall(r"^\s*(?:import|from) (\w+)", read, re.MULTILINE)) == {
        "os", "socket", "sys", "time",
    }  # fmt: skip


def test_nothing_is_compiled_when_a_container_starts() -> None:
    """The official images of Python bring their library as source only."""
    last = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    assert re.search(r"python -m compileall .*\\\n.*get_path\(\"stdlib\"\)", last)


def test_no_installer_is_left_in_the_image() -> None:
    last = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    assert re.search(r"pip .*uninstall .*\\\n.* wheel setuptools pip", last)
    assert "ensurepip" in last and "rm -rf /var/lib/apt/lists" in last
    for tool in ("gcc", "build-essential", "-dev ", "git ", "curl"):
        assert tool not in re.sub(r"^#.*$", "", last, flags=re.MULTILINE)


def test_a_build_can_insist_on_a_base_that_cannot_be_moved() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert text.index("ARG REQUIRE_DIGEST=0") < text.index("pip install")
    assert SERVICES["web"]["build"]["args"]["REQUIRE_DIGEST"] == "${REQUIRE_DIGEST:-0}"


def test_nothing_enters_the_image_that_is_not_named() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    copied = re.findall(r"^COPY (?!--from)(\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    for name in copied:
        assert f"!{name.split('/')[0]}" in rules


def test_what_is_for_development_changes_known_services_and_opens_nothing() -> None:
    changed: dict[str, Any] = yaml.safe_load((ROOT / "compose.dev.yml").read_text())["services"]
    assert set(changed) - set(SERVICES) == {"mail"}
    assert all(port.startswith("127.0.0.1:") for port in changed["mail"]["ports"])
    assert changed["web"]["environment"]["SPELUNKER_PRODUCTION"] == "0"
