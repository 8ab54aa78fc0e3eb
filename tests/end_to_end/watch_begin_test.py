"""`rekey watch --begin`: rotations that nobody starts, over a kill of the watcher, with consumers that run."""

import json
import subprocess
import threading
import time

import pytest
from rotation_test import Reader
from support import BINARY, find_canaries, rekey, wait_until

NAMES = ("Orders", "Mails")


class Watcher:
    """`rekey watch --begin`, and the lines that it has printed."""

    def __init__(self, house):
        self.process = subprocess.Popen(
            [BINARY, "watch", "--config", house.notices, "-f", house.inventory, "--begin", "--every", "1s"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines, self.errors = [], []
        self.readers = [threading.Thread(target=self.read, args=pipe, daemon=True) for pipe in (
            (self.process.stdout, self.lines), (self.process.stderr, self.errors))]
        for reader in self.readers:
            reader.start()

    def read(self, pipe, lines):
        lines.extend(iter(pipe.readline, ""))

    def events(self, name=None):
        """Of runs and of what is not started; passes are lines too."""
        all_lines = [json.loads(line) for line in list(self.lines)]
        return [one for one in all_lines if "event" in one and name in (None, one["integration"])]

    def has(self, **members):
        assert self.process.poll() is None, "".join(self.errors)
        return any(members.items() <= one.items() for one in self.events())

    def kill(self):
        self.process.kill()
        self.process.wait(timeout=60)
        for reader in self.readers:
            reader.join()


class House:
    """Two packages that are due, with a consumer each; what they say goes into a file."""

    def __init__(self, authority, folder):
        self.authority, self.folder = authority, folder
        authority.run("policy", "set", "settle=2s", "overlap=0")
        self.old, self.consumers, self.clients, self.watchers = {}, {}, {}, []
        for name in NAMES:
            created = authority.create(name)
            client_id = created["integration"]["client_id"]
            self.clients[name], self.old[name] = client_id, created["secret"]["value"]
            path = folder / f"{name}.env"
            path.write_text(f"SFMC_CLIENT_SECRET={self.old[name]}\n")
            self.consumers[name] = Reader(authority, client_id, path, f"{name}/1")
        self.inventory, self.notices = folder / "rekey.yaml", folder / "notices.yaml"
        self.write_inventory()
        self.notices.write_text(
            "version: 1\nstate: notices\nfallback: [desk]\nrecipients: [{name: desk, commands: [note]}]\n"
            f"commands: [{{name: note, command: [/bin/sh, -c, 'cat >> {folder}/said']}}]\n")

    def write_inventory(self, more=""):
        soon = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 20 * 24 * 3600))
        entries = "".join(
            f"  - name: {name}\n    client_id: {client_id}\n    expires_at: {soon}\n{more}"
            f"    proof: {{requests: 2, span: 200ms}}\n    consumers:\n      - name: worker\n"
            f"        sink: {{kind: file, path: {name}.env, key: SFMC_CLIENT_SECRET}}\n"
            f"        reload: per_call\n        seen_as: {{user_agent: {name}/1}}\n        interval: 1s\n"
            for name, client_id in self.clients.items())
        self.inventory.write_text(
            f"version: 1\nissuers:\n  here: {{kind: rekey, credential: {self.authority.data / 'admin.json'}}}\n"
            f"integrations:\n{entries}")

    def watch(self):
        self.watchers.append(Watcher(self))
        return self.watchers[-1]

    def check_nobody_saw_anything(self):
        for name, consumer in self.consumers.items():
            consumer.stop()
            assert consumer.failures == [], (name, consumer.failures[:5])

    def check_rotated(self):
        for name, client_id in self.clients.items():
            value = self.consumers[name].value()
            self.authority.canaries |= {value, self.old[name]}
            assert value != self.old[name]
            assert self.authority.token(client_id, value).status == 200
            assert self.authority.token(client_id, self.old[name]).status == 401


@pytest.fixture
def house(authority, tmp_path):
    one = House(authority, tmp_path)
    for consumer in one.consumers.values():
        consumer.start()
    wait_until(lambda: all(c.tokens > 2 for c in one.consumers.values()), "the consumers to run")
    yield one
    for watcher in one.watchers:
        watcher.kill()
    for consumer in one.consumers.values():
        consumer.is_stopping = True


def test_what_is_due_is_rotated_by_itself_over_a_kill_and_nobody_is_refused(house):
    first = house.watch()
    wait_until(lambda: first.has(event="secret_staged"), "a secret to be staged")
    first.kill()
    assert not any(one["event"] == "run_closed" for one in first.events()), "it was killed in the middle"
    begun = {one["run"] for one in first.events()}

    second = house.watch()
    wait_until(lambda: all(second.has(integration=name, event="run_ended", ending="closed") for name in NAMES),
               "both to be closed", 180)
    second.kill()
    house.check_nobody_saw_anything()
    house.check_rotated()
    closed = {one["run"] for one in second.events() if one["event"] == "run_closed"}
    assert len(closed) == len(NAMES) and begun <= closed, "what was begun is gone on with"
    for name in NAMES:
        seen = [one["event"] for one in first.events(name) + second.events(name)]
        assert seen.count("run_planned") == 1 and seen[-1] == "run_ended"
    assert not find_canaries("".join(first.lines + second.lines + second.errors).encode(), house.authority.canaries)
    runs = json.loads(rekey("run", "list", "-f", house.inventory, "--json").stdout)["runs"]
    assert {run["phase"] for run in runs} == {"Closed"} and len(runs) == len(NAMES)


def test_nothing_is_begun_in_a_freeze_and_what_a_person_parked_stays(house):
    today = time.strftime("%Y-%m-%d", time.gmtime())
    later = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 2 * 24 * 3600))
    house.write_inventory(f"    freezes: [{today}..{later}]\n")
    frozen = house.watch()
    wait_until(lambda: all(frozen.has(integration=name, event="not_started") for name in NAMES), "both to be left")
    frozen.kill()
    assert all("freeze" in one["reason"] and one["until"] for one in frozen.events())
    assert len(frozen.events()) == len(NAMES), "what was said is not said again"

    house.write_inventory()
    house.authority.run("policy", "set", "settle=10s")
    watcher = house.watch()
    wait_until(lambda: watcher.has(integration="Orders", event="secret_staged"), "a secret to be staged")
    rekey("run", "park", "-f", house.inventory, "-i", "Orders", "--reason", "not before Monday")
    wait_until(lambda: watcher.has(integration="Mails", event="run_ended", ending="closed"), "the other one", 180)
    watcher.kill()
    events = [one["event"] for one in watcher.events("Orders")]
    assert events[events.index("run_parked"):] == ["run_parked", "run_ended", "not_started"]
    house.check_nobody_saw_anything()
    assert house.consumers["Orders"].value() == house.old["Orders"]


def test_it_is_asked_for_by_name_and_with_an_inventory(house):
    done = rekey("watch", "--config", house.notices, "-f", house.inventory, "--once")
    assert "queued" in done.stdout
    assert json.loads(rekey("run", "list", "-f", house.inventory, "--json").stdout)["runs"] == []
    refused = rekey("watch", "--config", house.notices, "--begin", "--once", ok=(2,))
    assert "name it with -f FILE" in refused.stderr
    for consumer in house.consumers.values():
        consumer.stop()
