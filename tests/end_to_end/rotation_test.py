"""Rotations with the real binary, real files and running consumers, killed and resumed."""

import fcntl
import json
import os
import pty
import random
import signal
import struct
import subprocess
import termios
import threading
import time

import pytest
from support import BINARY, find_canaries, rekey, wait_until


class Reader(threading.Thread):
    """A consumer that reads its .env for every call."""

    def __init__(self, authority, client_id, path, user_agent):
        super().__init__(daemon=True)
        self.authority, self.client_id, self.path, self.user_agent = authority, client_id, path, user_agent
        self.is_stopping = False
        self.tokens = 0
        self.failures = []

    def value(self):
        for line in self.path.read_text().splitlines():
            if line.startswith("SFMC_CLIENT_SECRET="):
                return line.split("=", 1)[1].strip('"')

    def run(self):
        while not self.is_stopping:
            try:
                status = self.authority.token(self.client_id, self.value(), user_agent=self.user_agent).status
            except Exception as problem:
                status = repr(problem)
            if status == 200:
                self.tokens += 1
            else:
                self.failures.append(status)
            time.sleep(0.02)  # a consumer's own pace

    def stop(self):
        self.is_stopping = True
        self.join()


@pytest.fixture
def site(authority, tmp_path):
    """A package, two consumers that run, and an inventory."""
    authority.run("policy", "set", "settle=1s", "overlap=0")
    created = authority.create()
    return Site(authority, tmp_path, created)


class Site:
    def __init__(self, authority, folder, created):
        self.authority, self.folder = authority, folder
        self.client_id = created["integration"]["client_id"]
        self.old = created["secret"]["value"]
        self.consumers = {}
        for name in ("export", "report"):
            path = folder / f"{name}.env"
            path.write_text(f"# {name}\nSFMC_CLIENT_SECRET=\"{self.old}\"\nOTHER=1\n")
            path.chmod(0o640)
            self.consumers[name] = Reader(authority, self.client_id, path, f"{name}/1")
        self.inventory = folder / "rekey.yaml"
        self.write_inventory()

    def write_inventory(self, names=("export", "report"), more=""):
        consumers = "".join(
            f"  - name: {name}\n    sink: {{kind: file, path: {name}.env, key: SFMC_CLIENT_SECRET}}\n"
            f"    reload: per_call\n    seen_as: {{user_agent: {name}/1}}\n    interval: 1s\n" for name in names)
        self.inventory.write_text(
            f"version: 1\nissuer: {{kind: rekey, credential: {self.authority.data / 'admin.json'}}}\n"
            f"integration: {{client_id: {self.client_id}}}\nproof: {{requests: 2, span: 500ms}}\n"
            f"consumers:\n{consumers}{more}")

    def start(self):
        for consumer in self.consumers.values():
            consumer.start()
        wait_until(lambda: all(c.tokens > 5 for c in self.consumers.values()), "the consumers to run")

    def stop(self):
        for consumer in self.consumers.values():
            consumer.stop()

    def values(self):
        return {name: consumer.value() for name, consumer in self.consumers.items()}

    def rotate(self, ok=(0,), **options):
        done = rekey("rotate", "-f", self.inventory, "--yes", "--json", ok=ok, timeout=240, **options)
        return done, [json.loads(line) for line in done.stdout.splitlines()]

    def check_done(self):
        new = set(self.values().values())
        assert len(new) == 1 and self.old not in new
        (value,) = new
        self.authority.canaries |= {value, self.old}
        assert self.authority.token(self.client_id, value).status == 200
        assert self.authority.token(self.client_id, self.old).status == 401
        for name, consumer in self.consumers.items():
            assert consumer.failures == [], (name, consumer.failures[:5])
            assert consumer.path.read_text() == f"# {name}\nSFMC_CLIENT_SECRET=\"{value}\"\nOTHER=1\n"
            assert consumer.path.stat().st_mode & 0o777 == 0o640


def test_a_rotation_moves_everybody_and_proves_the_old_one_dead(site):
    site.start()
    done, events = site.rotate()
    site.stop()
    site.check_done()
    names = [event["event"] for event in events]
    assert names.index("secret_staged") < names.index("secret_activated")
    assert not find_canaries((done.stdout + done.stderr).encode(), site.authority.canaries)
    usage = site.authority.json("secret", "usage", site.client_id)["usage"]
    assert sum(row["count"] for row in usage) >= sum(c.tokens for c in site.consumers.values())
    # Nothing is left of the values in the run's folder.
    for path in (site.folder / ".rekey").rglob("*"):
        if path.is_file():
            assert not find_canaries(path.read_bytes(), site.authority.canaries), path


def test_the_other_order_activates_first_and_lets_the_old_one_lapse(site):
    site.authority.run("policy", "set", "settle=0", "overlap=12s")
    site.start()
    _, events = site.rotate()
    site.stop()
    site.check_done()
    names = [event["event"] for event in events]
    assert names.index("secret_activated") < names.index("sink_written")


def test_a_consumer_that_nobody_declared_stops_the_gate_and_is_named(site):
    site.write_inventory(names=("export",))
    site.start()
    done, events = site.rotate(ok=(3,))
    assert "report/1" in done.stderr + done.stdout
    assert site.consumers["report"].value() == site.old
    assert site.authority.token(site.client_id, site.old, user_agent="report/1").status == 200
    site.write_inventory()
    site.rotate()
    site.stop()
    site.check_done()


def test_a_waiver_lets_it_through_and_is_written_down(site):
    # Somebody used the old secret once and is gone; a person answers for it.
    site.authority.token(site.client_id, site.old, user_agent="curl/8")
    site.write_inventory(more="waivers:\n  - seen_as: {user_agent: curl/*}\n    by: ann\n    reason: a test by hand\n")
    site.start()
    _, events = site.rotate()
    site.stop()
    site.check_done()
    assert any("ann" in event.get("message", "") for event in events)


def test_plan_changes_nothing(site):
    before = site.authority.json("secret", "list", site.client_id)
    files = {path: path.read_bytes() for path in site.folder.glob("*.env")}
    text = rekey("plan", "-f", site.inventory).stdout
    assert "export" in text and "report" in text
    assert json.loads(rekey("plan", "-f", site.inventory, "--json").stdout)["steps"]
    assert site.authority.json("secret", "list", site.client_id)["secrets"][0]["id"] == before["secrets"][0]["id"]
    assert len(site.authority.json("secret", "list", site.client_id)["secrets"]) == 1
    assert files == {path: path.read_bytes() for path in site.folder.glob("*.env")}
    assert site.authority.json("secret", "usage", site.client_id)["usage"] == []


def test_a_staged_secret_of_somebody_else_stops_the_plan(site):
    site.authority.json("secret", "stage", site.client_id, "--label", "by hand")
    said = rekey("rotate", "-f", site.inventory, "--yes", ok=None)
    assert said.returncode not in (0, 3) and "staged" in said.stderr


def test_a_foreign_change_is_never_overwritten(site):
    """A file changed by somebody else between plan and write parks the run; the file stays as it is."""
    site.start()
    process = subprocess.Popen([BINARY, "rotate", "-f", str(site.inventory), "--yes", "--json"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for line in process.stdout:
        if json.loads(line)["event"] == "secret_staged":
            break
    path = site.consumers["report"].path
    site.consumers["report"].stop()
    foreign = path.read_text().replace(site.old, "somebody-elses-value")
    path.write_text(foreign)
    _, said = process.communicate(timeout=120)
    site.consumers["export"].stop()
    assert process.returncode in (1, 3, 4) and "report" in said, said
    assert path.read_text() == foreign
    assert site.authority.token(site.client_id, site.old).status == 200


def test_killed_at_random_moments_it_goes_on(site):
    seed = int(os.environ.get("REKEY_SEED", random.randrange(1 << 30)))
    print(f"seed {seed}")
    chance = random.Random(seed)
    site.start()
    for _ in range(12):
        process = subprocess.Popen([BINARY, "rotate", "-f", str(site.inventory), "--yes", "--json"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            process.wait(timeout=chance.uniform(0.05, 1.5))
            assert process.returncode == 0, process.stderr.read()
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
    site.rotate() if process.returncode != 0 else None
    site.stop()
    site.check_done()


def run_until(site, name, *more):
    """A rotation that is killed right after its first event of that name."""
    process = subprocess.Popen([BINARY, "rotate", "-f", str(site.inventory), "--json", *(more or ("--yes",))],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    seen = any(json.loads(line)["event"] == name for line in process.stdout)
    process.kill()
    process.wait()
    assert seen, name


def staged_id(site):
    (staged,) = [s for s in site.authority.json("secret", "list", site.client_id)["secrets"]
                 if s["state"] in ("staged", "settling")]
    return staged["id"]


@pytest.mark.parametrize("event", ["secret_staged", "consumer_reloaded"])
def test_a_staged_secret_that_somebody_replaced_is_rolled_back_and_staged_anew(site, event):
    run_until(site, event)
    site.authority.json("secret", "stage", site.client_id, "--label", "by hand")
    plan = rekey("plan", "-f", site.inventory, ok=(4,)).stdout
    assert "is gone" in plan and "by hand" in plan, plan
    if event == "consumer_reloaded":
        assert site.old not in site.values()["export"]
        run_until(site, "sink_restored")  # kill -9 in the middle of the roll-back
    done, _ = site.rotate(ok=(3,))
    assert "by hand" in done.stderr, done.stderr
    assert set(site.values().values()) == {site.old}
    site.authority.run("secret", "revoke", site.client_id, staged_id(site), "--reason", "not needed")
    site.start()
    site.rotate()
    site.stop()
    site.check_done()


@pytest.mark.parametrize("kill_at", [None, "sink_restored", "staged_secret_unused"])
def test_a_run_that_is_given_up_leaves_everything_as_it_was(site, kill_at):
    site.start()
    run_until(site, "consumer_reloaded")
    rotate = ("rotate", "-f", site.inventory)
    assert "--reason" in rekey(*rotate, "--abandon", ok=(2,)).stderr
    if kill_at:
        run_until(site, kill_at, "--abandon", "--reason", "the wrong package")
    said = rekey(*rotate, "--abandon", "--reason", "the wrong package").stdout
    site.stop()
    assert "the wrong package" in said
    assert set(site.values().values()) == {site.old}
    for consumer in site.consumers.values():
        assert consumer.failures == []
    states = [s["state"] for s in site.authority.json("secret", "list", site.client_id)["secrets"]]
    assert states.count("active") == 1 and "staged" not in states
    assert "no run" in rekey(*rotate, "--abandon", "--reason", "again", ok=(4,)).stderr
    for consumer in site.consumers.values():
        assert site.authority.token(site.client_id, site.old, user_agent=consumer.user_agent).status == 200


def test_a_killed_run_goes_on_however_its_inventory_is_named(site, monkeypatch):
    """Killed in one folder under a relative name, started again from another under the whole one."""
    reload = site.folder / "reload.sh"
    reload.write_text("#!/bin/sh\nexit 0\n")
    reload.chmod(0o755)
    site.inventory.write_text(site.inventory.read_text().replace("reload: per_call", "reload: {command: [./reload.sh]}", 1))
    site.start()
    monkeypatch.chdir(site.folder)
    process = subprocess.Popen([BINARY, "rotate", "-f", site.inventory.name, "--yes", "--json"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in process.stdout:
        if json.loads(line)["event"] == "sink_written":
            break
    process.kill()
    process.wait()
    monkeypatch.chdir("/")
    site.rotate()
    site.stop()
    site.check_done()


@pytest.mark.parametrize("text, words", [
    ("version: 1\nisuer: {kind: rekey}\n", ["rekey.yaml:2:1", "issuer"]),
    ("version: 1\nissuer: {kind: rekey, credential: c}\nintegration: {client_id: short}\nconsumers: []\n", ["rekey.yaml:3:26", "24 characters"]),
    ("version: 2\n", ["version"]), ("", ["rekey.yaml", "empty"]), ("{", ["rekey.yaml"]), ("\xff\xfe", ["rekey.yaml"]),
    ("version: 1\nversion: 1\n", ["version"]),
])
def test_a_bad_inventory_is_explained_with_its_place(tmp_path, text, words):
    path = tmp_path / "rekey.yaml"
    path.write_text(text, encoding="latin-1")
    said = rekey("plan", "-f", path, ok=(2,)).stderr
    for word in words:
        assert word in said, said


def test_a_missing_inventory_is_told(tmp_path):
    assert "rekey.yaml" in rekey("plan", "-f", tmp_path / "rekey.yaml", ok=(5,)).stderr


def test_an_interrupted_run_says_how_it_goes_on_and_so_does_the_next_one(site):
    site.start()
    process = subprocess.Popen([BINARY, "rotate", "-f", str(site.inventory), "--yes"], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    first = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    rest, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    assert "interrupted: nothing is undone; run the same command again and it goes on" in error
    run_id = next(word for word in first.split() if word.startswith("run-"))
    assert "waiting" not in first + rest  # no live lines where there is no terminal
    again = rekey("rotate", "-f", site.inventory, "--yes", timeout=240).stdout
    assert again.startswith(f"{run_id} was begun before and goes on")
    site.stop()
    site.check_done()


def test_the_live_line_fits_the_terminal(site):
    site.start()
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    process = subprocess.Popen([BINARY, "rotate", "-f", str(site.inventory), "--yes"], stdin=theirs, stdout=theirs,
                               stderr=theirs)
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    assert process.wait(timeout=60) == 0, shown
    site.stop()
    site.check_done()
    live = [part for part in shown.decode().split("\r\x1b[K") if part.startswith("waiting")]
    assert live and all(len(line.splitlines()[0]) < 60 for line in live), live
    assert any("…" in line for line in live)
