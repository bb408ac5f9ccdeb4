"""No container engine runs where the tests do, so what must hold is read from the files."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.app.resources import DRAIN_SECONDS

ROOT = Path(__file__).parents[2]
OURS = ("migrate", "load", "bot", "worker")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return document


@pytest.fixture(scope="module")
def dockerfile() -> list[str]:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_every_published_port_is_on_this_computer_only(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:8080:8080"]


def test_the_bot_and_the_worker_wait_for_the_migration(compose: dict[str, Any]) -> None:
    for name in ("bot", "worker"):
        waits = compose["services"][name]["depends_on"]
        assert waits["migrate"] == {"condition": "service_completed_successfully"}
        assert waits["postgres"] == {"condition": "service_healthy"}


def test_the_migration_waits_for_a_healthy_database_and_runs_once(compose: dict[str, Any]) -> None:
    migrate = compose["services"]["migrate"]
    assert migrate["command"] == ["migrate"]
    assert migrate["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert migrate["restart"] == "on-failure"


@pytest.mark.parametrize("name", OURS)
def test_our_services_run_without_privileges(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


def test_passwords_come_from_files(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, value in service["environment"].items():
            if "PASSWORD" in name or "DATABASE_URL" in name:
                assert value == "" or (name.endswith("_FILE") and value.startswith("/run/secrets/"))
    assert set(compose["secrets"]) == {"postgres_password", "database_url"}


def test_secrets_are_neither_committed_nor_copied_into_the_image() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {".env", "secrets/"} <= set(ignored)
    copied = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in copied
    assert not {"!.env", "!secrets", "!.git"} & set(copied)


def test_what_the_image_needs_is_let_in_and_is_there() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for name in (line[1:] for line in lines if line.startswith("!")):
        assert (ROOT / name).exists(), name


def test_the_image_runs_as_someone_without_rights(dockerfile: list[str]) -> None:
    users = [line for line in dockerfile if line.startswith("USER")]
    assert users == ["USER recado"]
    assert dockerfile.index("USER recado") < dockerfile.index('ENTRYPOINT ["python", "bot.py"]')


def test_the_image_tells_whether_it_is_healthy(dockerfile: list[str]) -> None:
    assert any(line.startswith("HEALTHCHECK") and "/health/live" in line for line in dockerfile)


def test_a_stop_leaves_time_to_finish_what_is_under_way(compose: dict[str, Any]) -> None:
    for name in OURS:
        assert int(compose["services"][name]["stop_grace_period"].removesuffix("s")) > DRAIN_SECONDS


def test_the_bot_and_the_worker_share_the_folder_of_files(compose: dict[str, Any], dockerfile: list[str]) -> None:
    for name in ("bot", "worker"):
        service = compose["services"][name]
        assert service["environment"]["BOT_MEDIA_DIR"] == "/media"
        assert service["volumes"] == ["media:/media", "./flows:/app/flows:ro"]
    assert "media" in compose["volumes"]
    # A volume takes over the owner that the folder has in the image.
    assert any("install --directory --owner=recado" in line and "/media" in line for line in dockerfile)


def test_the_folder_of_bundles_is_published_and_its_faults_keep_nobody_from_serving(compose: dict[str, Any]) -> None:
    load = compose["services"]["load"]
    assert load["command"] == ["flows", "load", "flows/"]
    assert "./flows:/app/flows:ro" in load["volumes"]
    assert load["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert "load" not in compose["services"]["bot"]["depends_on"]
