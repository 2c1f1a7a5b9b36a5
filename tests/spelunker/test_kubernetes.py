"""What deploy/kubernetes promises: the services of docker-compose.yml, as safe and as healthy."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.spelunker.test_compose import COMPOSE, OUR_OWN, SERVICES, default_of

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
CHOSEN = {"ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "SITE_URL", "HTTPS", "TRUSTED_PROXIES"}
WORKLOADS = ("Deployment", "StatefulSet", "Job")
UNITS = {"g": "Gi", "m": "Mi"}


def listed(folder: Path = FOLDER) -> Iterator[Path]:
    """The files that kustomize would read."""
    chosen = yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
    for name in chosen:
        yield from listed(folder / name) if (folder / name).is_dir() else [folder / name]


OBJECTS: list[dict[str, Any]] = [
    thing for path in listed() for thing in yaml.safe_load_all(path.read_text())
]
PODS = {
    thing["metadata"]["name"]: thing["spec"]["template"]
    for thing in OBJECTS
    if thing["kind"] in WORKLOADS
}
every_pod = pytest.mark.parametrize("name", sorted(PODS))


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {thing["metadata"]["name"]: thing for thing in OBJECTS if thing["kind"] == kind}


def main_container(name: str) -> dict[str, Any]:
    containers: list[dict[str, Any]] = PODS[name]["spec"]["containers"]
    return containers[0]


def config() -> dict[str, str]:
    lines = (FOLDER / "config.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_it_runs_the_same_services_under_the_same_names() -> None:
    assert set(PODS) == set(SERVICES) - {"keys"}
    assert set(of_kind("Service")) == {"web", "postgres", "rabbitmq", "memcached"}


def test_no_file_of_the_folder_is_forgotten() -> None:
    there = {path for path in FOLDER.rglob("*.yaml") if path.name != "kustomization.yaml"}
    assert there == set(listed())


@every_pod
def test_images_commands_and_limits_are_those_of_compose(name: str) -> None:
    container, service = main_container(name), SERVICES[name]
    wanted = "spelunker" if name in OUR_OWN else default_of(service["image"])
    assert container["image"] == wanted
    assert container.get("args", []) == [default_of(word) for word in service.get("command", [])]
    limit = default_of(service["mem_limit"])
    assert container["resources"]["limits"]["memory"] == limit[:-1] + UNITS[limit[-1]]
    assert {"cpu", "memory"} <= set(container["resources"]["requests"])


@every_pod
def test_it_is_asked_how_it_is_as_in_compose(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    container = main_container(name)
    if "disable" in check:
        assert "livenessProbe" not in container
        return
    kind, *words = check["test"]
    words = [word.replace("$$", "$") for word in words]  # compose's way to write a dollar
    wanted = words if kind == "CMD" else ["sh", "-c", *words]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["exec"]["command"] == wanted
        assert f"{container[probe]['timeoutSeconds']}s" == check["timeout"]
    alive, first = container["livenessProbe"], container["startupProbe"]
    assert f"{alive['periodSeconds']}s" == check["interval"]
    assert alive["failureThreshold"] == check["retries"]
    may_take = first["periodSeconds"] * first["failureThreshold"]
    assert may_take >= int(check["start_period"].removesuffix("s"))


@every_pod
def test_it_gets_as_much_time_to_stop(name: str) -> None:
    if grace := SERVICES[name].get("stop_grace_period"):
        assert f"{PODS[name]['spec']['terminationGracePeriodSeconds']}s" == grace


@every_pod
def test_no_pod_has_more_powers_than_it_needs(name: str) -> None:
    spec = PODS[name]["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False, "FLOWER_PORT=tcp://… would be read as a setting"
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] > 0
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in [*spec["containers"], *spec.get("initContainers", [])]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
    assert not any("hostPath" in volume for volume in spec.get("volumes", []))


@every_pod
def test_it_runs_as_the_same_user_of_the_same_volumes(name: str) -> None:
    service, pod = SERVICES[name], PODS[name]["spec"]
    user = str(service["user"]).partition(":")[0]
    if user.isdecimal():  # the images of others name theirs by a word
        assert pod["securityContext"]["runAsUser"] == int(user)
    shared = {"media", "backups", "database", "broker"}
    volumes = [str(volume).split(":") for volume in service.get("volumes", [])]
    assert lasting_folders(name) == {one[1] for one in volumes if one[0] in shared}


def lasting_folders(name: str) -> set[str]:
    """Where a pod mounts what outlives it: claims, of its own or of its StatefulSet."""
    claims = {"persistentVolumeClaim"}
    passing = {
        one["name"] for one in PODS[name]["spec"].get("volumes", []) if not claims & one.keys()
    }
    mounts = main_container(name).get("volumeMounts", [])
    return {one["mountPath"] for one in mounts if one["name"] not in passing}


def test_ports_are_those_of_compose_and_none_is_open_on_a_node() -> None:
    assert main_container("web")["ports"] == [{"name": "http", "containerPort": 8000}]
    assert main_container("flower")["ports"] == [{"name": "http", "containerPort": 5555}]
    for service in of_kind("Service").values():
        assert service["spec"].get("type", "ClusterIP") == "ClusterIP"
    for pod in PODS.values():
        assert "hostNetwork" not in pod["spec"]


def test_the_settings_are_those_of_compose() -> None:
    wanted = {name: default_of(value) for name, value in COMPOSE["x-environment"].items()}
    assert set(config()) == set(wanted)
    assert {n: v for n, v in config().items() if v != wanted[n] and n not in CHOSEN} == {}


@every_pod
def test_what_a_service_has_of_its_own_it_has_here_too(name: str) -> None:
    common = COMPOSE["x-environment"]
    own = {
        key: default_of(value)
        for key, value in SERVICES[name].get("environment", {}).items()
        if value != common.get(key)
    }
    given = {one["name"]: one["value"] for one in main_container(name).get("env", [])}
    given.pop("PGDATA", None)  # a volume's root holds lost+found
    assert given == own


def test_each_pod_mounts_the_secrets_of_its_kind_and_no_others() -> None:
    app, worker = {"spelunker-app"}, {"spelunker-app", "spelunker-worker"}
    wanted = {name: app for name in OUR_OWN - {"keys"}}
    wanted |= {name: worker for name in OUR_OWN if name.startswith("worker-")}
    wanted["migrate"] = worker | {"spelunker-owner"}
    wanted |= {"postgres": {"spelunker-postgres"}, "rabbitmq": {"spelunker-rabbitmq"}}
    for name, pod in PODS.items():
        volumes = pod["spec"].get("volumes", [])
        mounted = {one["secret"]["secretName"] for one in volumes if "secret" in one}
        assert mounted == wanted.get(name, set()), name


def test_nothing_starts_before_the_tables_are_there() -> None:
    for name in OUR_OWN - {"keys", "migrate"}:
        first = PODS[name]["spec"]["initContainers"][0]
        assert first["args"] == ["python", "manage.py", "migrate", "--check"]


def test_nobody_may_talk_to_anybody_unless_it_is_said() -> None:
    policies = of_kind("NetworkPolicy")
    shut = policies["nothing"]["spec"]
    assert shut["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in shut and "egress" not in shut
    for pod in PODS.values():
        assert shut["podSelector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()


def test_only_what_compose_lets_out_may_go_out() -> None:
    label = "spelunker/outside"
    let_out = {name for name, pod in PODS.items() if label in pod["metadata"]["labels"]}
    compose = {name for name, one in SERVICES.items() if "outside" in one.get("networks", [])}
    assert let_out == compose


def test_services_find_their_pods() -> None:
    for name, service in of_kind("Service").items():
        assert service["spec"]["selector"].items() <= PODS[name]["metadata"]["labels"].items()
        ports = {port["containerPort"] for port in main_container(name)["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports


def test_draining_a_node_never_takes_all_of_a_kind() -> None:
    budgets = set(of_kind("PodDisruptionBudget"))
    assert {"web", "relay", "worker-default", "worker-embedding", "worker-batch"} <= budgets


def test_the_brokers_settings_are_the_same_file() -> None:
    here = (FOLDER / "stores" / "rabbitmq.conf").read_text()
    assert here == (ROOT / "docker" / "rabbitmq.conf").read_text()
