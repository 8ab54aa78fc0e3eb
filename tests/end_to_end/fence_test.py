"""An engine that lost its lock while it stood still writes nothing after another one took its run over."""

import json
import signal
import subprocess

import pytest
from rotation_test import site  # noqa: F401
from support import BINARY, rekey


def stopped_at(site, event, consumer=None):
    """A rotation that is stopped in the wait that follows that event; its lock file is gone then."""
    process = subprocess.Popen([BINARY, "rotate", "-f", str(site.inventory), "--yes", "--json"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for line in process.stdout:
        told = json.loads(line)
        if told["event"] == event and told.get("consumer") == consumer:
            break
    process.send_signal(signal.SIGSTOP)
    said = rekey("rotate", "-f", site.inventory, "--yes", ok=(4,)).stderr
    assert "at work in another process" in said
    (site.folder / ".rekey" / f"{site.client_id}.lock").unlink()
    return process


def check_it_gives_way(process, site):
    """The first goes on, and ends at once: neither a place nor a secret is touched."""
    places = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in site.folder.glob("*.env")}
    secrets = site.authority.json("secret", "list", site.client_id)["secrets"]
    process.send_signal(signal.SIGCONT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 4, said
    assert "another engine took the runs of" in said and "writes nothing more" in said
    assert places == {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in site.folder.glob("*.env")}
    later = site.authority.json("secret", "list", site.client_id)["secrets"]
    assert [(one["id"], one["state"]) for one in later] == [(one["id"], one["state"]) for one in secrets]


def test_a_stopped_engine_changes_nothing_after_another_finished_its_run(site):  # noqa: F811
    site.start()
    process = stopped_at(site, "secret_staged")
    site.rotate()
    check_it_gives_way(process, site)
    site.stop()
    site.check_done()


@pytest.mark.parametrize("place", [("secret_staged",), ("consumer_reloaded", "report")])
def test_a_stopped_engine_changes_nothing_after_another_gave_its_run_up(site, place):  # noqa: F811
    site.start()
    process = stopped_at(site, *place)
    rekey("rotate", "-f", site.inventory, "--abandon", "--reason", "a test", timeout=240)
    check_it_gives_way(process, site)
    site.stop()
    assert set(site.values().values()) == {site.old}
    assert all(consumer.failures == [] for consumer in site.consumers.values())
