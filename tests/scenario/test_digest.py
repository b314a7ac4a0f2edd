"""In: the bot's first start on a tenant with errors; then working days that begin again and again.
Out: one digest of all it found, with its chart in the thread, through redis-server and a child process.
Promise: what is due is told once, and the picture is one that a browser shows.
"""

from typing import Any

from redis import Redis

from tests.scenario.world import World
from tests.servers.lab import until

Json = dict[str, Any]
PNG = b"\x89PNG\r\n\x1a\n"


def digests(world: World) -> list[Json]:
    told = world.hands.messages()
    return [m for m in told if (m.get("metadata") or {}).get("event_type") == "dirsync_digest"]


def pictures(world: World) -> list[Json]:
    return [m for m in world.hands.messages() if m.get("thread_ts") and m.get("files")]


def test_the_first_start_has_one_digest_with_its_chart_in_the_thread(world: World) -> None:
    until(lambda: pictures(world), "the chart of the first digest")
    world.due_now("DigestDue")
    with Redis.from_url(world.redis.url, decode_responses=True) as redis:
        due = f"{{dirsync:{world.tenant}}}:due"
        until(
            lambda: [
                s for m, s in redis.zrange(due, 0, -1, withscores=True) if "DigestDue" in m and s
            ],
            "the next look",
        )

    [digest], [picture] = digests(world), pictures(world)
    [file] = picture["files"]
    data = world.lab.lab.slack.workspace.uploads[file["id"]]["data"]
    assert digest["text"].startswith("First look at this tenant: ")
    assert picture["thread_ts"] == digest["ts"]
    assert data.startswith(PNG)
