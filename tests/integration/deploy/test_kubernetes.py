"""The Kubernetes manifests: valid against the API's schemas, restricted, and holding configuration that loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from daemon.config import load_config
from daemon.ops.http import build_app
from daemon.service.signals import END_WITHIN_S
from tests.doubles.real_parts import require
from tests.e2e.harness import REPOSITORY, trailwarden

FOLDER = REPOSITORY / "deploy" / "kubernetes"
MANIFESTS = sorted(path for path in FOLDER.glob("*.yaml") if path.name != "kustomization.yaml")


def _manifest(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return found


def _validate(path: Path) -> None:
    command = [str(Path(sys.executable).with_name("kubernetes-validate")), "--strict", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def pod() -> dict[str, Any]:
    spec: dict[str, Any] = _manifest("deployment.yaml")["spec"]["template"]["spec"]
    return spec


@pytest.fixture
def probes(pod: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: pod["containers"][0][f"{name}Probe"] for name in ("startup", "liveness", "readiness")}


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_each_manifest_is_valid(path: Path) -> None:
    _validate(path)


def test_kustomize_puts_them_together_with_the_image_that_is_named_there(tmp_path: Path) -> None:
    done = subprocess.run([require("kubectl"), "kustomize", FOLDER], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    documents = list(yaml.safe_load_all(done.stdout))
    kinds = ["ConfigMap", "ConfigMap", "Deployment", "Namespace", "PersistentVolumeClaim", "Service", "ServiceAccount"]
    assert sorted(document["kind"] for document in documents) == kinds
    deployment = next(document for document in documents if document["kind"] == "Deployment")
    image = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image == "registry.example.com/trailwarden:0.1.0"
    for number, document in enumerate(documents):
        path = tmp_path / f"{number}.yaml"
        path.write_text(yaml.safe_dump(document), encoding="utf-8")
        _validate(path)


def test_two_pods_never_hold_the_state_at_once() -> None:
    spec = _manifest("deployment.yaml")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_the_pod_may_do_nothing_it_need_not(pod: dict[str, Any]) -> None:
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert pod["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_each_probe_asks_the_page_that_is_made_for_it(pod: dict[str, Any], probes: dict[str, dict[str, Any]]) -> None:
    assert {name: probe["httpGet"] for name, probe in probes.items()} == {
        "startup": {"path": "/healthz", "port": "http"},
        "liveness": {"path": "/healthz", "port": "http"},
        "readiness": {"path": "/readyz", "port": "http"},
    }
    assert {port["name"]: port["containerPort"] for port in pod["containers"][0]["ports"]} == {"http": 8099}
    app = build_app(metrics=bytes, ailments=list, missing=list)
    answered = {getattr(route, "path", "") for route in app.routes}
    assert {probe["httpGet"]["path"] for probe in probes.values()} <= answered


def test_a_start_that_takes_minutes_is_not_cut_off(probes: dict[str, dict[str, Any]]) -> None:
    startup = probes["startup"]  # while it fails, Kubernetes does not ask the others
    assert startup["failureThreshold"] * startup["periodSeconds"] >= 120


def test_a_busy_daemon_is_not_killed_for_one_late_answer(probes: dict[str, dict[str, Any]]) -> None:
    liveness = probes["liveness"]
    assert liveness["failureThreshold"] >= 3
    assert liveness["timeoutSeconds"] >= 5


def test_it_may_take_longer_to_end_than_it_needs(pod: dict[str, Any]) -> None:
    assert pod["terminationGracePeriodSeconds"] > END_WITHIN_S


def test_the_service_of_the_same_name_puts_nothing_into_our_variables(pod: dict[str, Any]) -> None:
    assert pod["enableServiceLinks"] is False


def test_the_rules_are_mounted_as_a_folder_so_that_changes_arrive(pod: dict[str, Any]) -> None:
    mounts = {mount["name"]: mount for mount in pod["containers"][0]["volumeMounts"]}
    assert mounts["rules"]["mountPath"] == "/rules"
    assert "subPath" not in mounts["rules"]


def test_the_configuration_loads_and_uses_what_is_mounted(tmp_path: Path, pod: dict[str, Any]) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(_manifest("config.yaml")["data"]["config.yaml"], encoding="utf-8")
    token = tmp_path / "bot-token"
    token.write_text("for-this-test\n", encoding="utf-8")
    config = load_config(path, environment={"SLACK_BOT_TOKEN_FILE": str(token)})
    mounts = {mount["name"]: mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
    variables = {variable["name"]: variable["value"] for variable in pod["containers"][0]["env"]}
    assert config.state.url == f"sqlite:///{mounts['data']}/trailwarden.db"
    assert mounts["rules"] in config.rules.paths
    assert config.http.listen == ("0.0.0.0", pod["containers"][0]["ports"][0]["containerPort"])
    assert variables["SLACK_BOT_TOKEN_FILE"] == f"{mounts['slack']}/bot-token"
    assert "bot-token" in _manifest("secret.example.yaml")["stringData"]


def test_the_rules_are_sigma_without_fault(tmp_path: Path) -> None:
    for name, text in _manifest("rules.yaml")["data"].items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    linted = trailwarden("rules", "lint", tmp_path, cwd=tmp_path)
    assert linted.returncode == 0, linted.stdout + linted.stderr
