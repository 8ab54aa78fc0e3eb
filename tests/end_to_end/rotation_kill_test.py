"""kill -9 of the real engine over real files, again and again through a whole rotation: two waves, three consumers
with two places each, in both orders and on the way back. Somebody asks for tokens all the time with what each place
holds, and is never refused. The seed is printed; REKEY_SEED replays the choices."""

import json
import os
import random
import subprocess
import threading
import time

import pytest
from rotation_test import Reader
from support import BINARY, find_canaries, rekey, wait_until

KILLING_SECONDS = 8  # after which a run is let go to its end
KILLS = 25  # a test rotates again until it has so many, as long as
BUDGET_SECONDS = 10  # are not over
STAGINGS_LOST = 3  # a run that loses too many secrets in a day asks for a person
PLACES = {
    "canary.env": ("SFMC_CLIENT_SECRET", "# canary\nOTHER=1\nSFMC_CLIENT_SECRET=\"{}\"  # kept\n\nLAST='x'\n"),
    "canary.json": ("app.secret", '{{"app": {{"name": "é", "secret": "{}"}},\n  "n": 1.50}}\n'),
    "shop.yaml": ("mce.client_secret", "# shop\nmce:\n  client_secret: \"{}\" # kept\n  list: [ 1,2 ]\n"),
    "shop.env": ("SFMC_CLIENT_SECRET", "export A=b\r\nSFMC_CLIENT_SECRET={}\r\n"),
    "nightly.ini": ("mce.secret", "; nightly\n[mce]\nsecret = {}\n[other]\nsecret = 1\n"),
    "nightly.env": ("SFMC_CLIENT_SECRET", "SFMC_CLIENT_SECRET='{}'"),
}
CONSUMERS = ("canary", "shop", "nightly")


class Watcher(Reader):
    """Asks for tokens with what one place holds."""

    def __init__(self, authority, client_id, path, text):
        super().__init__(authority, client_id, path, f"{path.stem}/1")
        self.begin, self.end = (part.replace("{{", "{").replace("}}", "}").encode() for part in text.split("{}"))
        self.not_as_it_was = []

    def value(self):
        """What stands in the place, of whose bytes no other may have changed."""
        content = self.path.read_bytes()
        if not (content.startswith(self.begin) and content.endswith(self.end)):
            self.not_as_it_was.append(content)
        return content[len(self.begin):len(content) - len(self.end)].decode()


class Site:
    def __init__(self, authority, folder):
        created = authority.create()
        self.authority, self.folder = authority, folder
        self.client_id = created["integration"]["client_id"]
        self.old = created["secret"]["value"]
        self.watchers = []
        for name, (_, text) in PLACES.items():
            path = folder / name
            path.write_bytes(text.format(self.old).encode())
            path.chmod(0o640)
            self.watchers.append(Watcher(authority, self.client_id, path, text))
        (folder / "restart").write_text("#!/bin/sh\nexit 0\n")
        (folder / "restart").chmod(0o755)
        self.inventory = folder / "rekey.yaml"
        self.inventory.write_text(
            f"version: 1\nissuer: {{kind: rekey, credential: {authority.data / 'admin.json'}}}\n"
            f"integration:\n  client_id: {self.client_id}\n  waves:\n    - {{name: first, consumers: [canary]}}\n"
            f"    - {{name: all, consumers: [shop, nightly]}}\nproof: {{requests: 2, span: 100ms}}\nconsumers:\n"
            + "".join(self.consumer(name) for name in CONSUMERS))
        self.names = set(os.listdir(folder)) | {".rekey"}

    def consumer(self, name):
        sinks = "".join(f"      - {{kind: file, path: {path}, key: {key}}}\n"
                        for path, (key, _) in PLACES.items() if path.startswith(name))
        reload = "per_call" if name != "nightly" else "{command: [./restart]}"
        return (f"  - name: {name}\n    sinks:\n{sinks}    reload: {reload}\n"
                f"    seen_as: {{user_agent: {name}/1}}\n    interval: 1s\n")

    def start(self):
        for watcher in self.watchers:
            watcher.start()
        wait_until(lambda: all(watcher.tokens > 5 for watcher in self.watchers), "the tokens")

    def stop(self):
        for watcher in self.watchers:
            watcher.stop()

    def check_places(self, value):
        """Each holds that value, nothing else in it has changed, and nobody was refused for a moment."""
        for watcher, (name, (_, text)) in zip(self.watchers, PLACES.items(), strict=True):
            assert watcher.failures == [] and watcher.not_as_it_was == [], name
            assert watcher.path.read_bytes() == text.format(value).encode()
            assert watcher.path.stat().st_mode & 0o777 == 0o640

    def check_record(self, ending):
        """The journal fits, every run is over, and neither a value nor half a file is left. Gives what happened."""
        # Whoever was killed in its turn to write a file leaves the empty file that says whose turn it is.
        turns = {path.name for path in self.folder.glob(".*.rekey-0.tmp") if path.stat().st_size == 0}
        assert set(os.listdir(self.folder)) - turns <= self.names
        facts = json.loads(rekey("report", "-f", self.inventory, "--json").stdout)
        assert facts["journal"]["is_intact"] and facts["run"]["ending"] == ending
        for path in (self.folder / ".rekey").iterdir():
            assert not find_canaries(path.read_bytes(), self.authority.canaries), path
        states = [one["state"] for one in self.authority.json("secret", "list", self.client_id)["secrets"]]
        assert states.count("active") == 1 and not {"staged", "settling", "superseded"} & set(states)
        self.authority.run("ledger", "verify")
        return [event["event"] for event in facts["journal"]["events"]]


class Killer:
    """Runs a command through many kills: right after some event was told, a moment later, or at any time."""

    def __init__(self, site, chance):
        self.site, self.chance = site, chance
        self.kills = 0
        self.runs = 0
        self.losses = 0
        self.phase = None

    def is_over(self):
        """Whether the run was begun and none is open, by the journal: what a killed engine told last may be missing."""
        runs = json.loads(rekey("run", "list", "-f", self.site.inventory, "--json", ok=(0, 3)).stdout)["runs"]
        self.phase = runs[0]["phase"] if runs else None
        return len(runs) > self.runs and all(run["closed_at"] for run in runs)

    def rotate(self, until=None):
        self.losses = 0
        self.run_to_the_end("rotate", "-f", self.site.inventory, "--yes", until=until)
        self.runs += not until

    def run_to_the_end(self, *command, until=None):
        """Until the run is over, or killed after that event of that consumer. In the end it is let go."""
        deadline = time.monotonic() + KILLING_SECONDS
        while time.monotonic() < deadline:
            told = self.run_once(command)
            if until and any((one["event"], one.get("consumer")) == until for one in told):
                return
            if self.is_over():
                return
            self.losses += self.phase == "Staging"
        if until:  # a slow machine comes there only where it is left alone
            assert until in [(one["event"], one.get("consumer")) for one in self.run_once(command, spared_to=until)]
            return
        rekey(*command, ok=(0, 3), timeout=240)
        assert self.is_over()

    def run_once(self, command, spared_to=None):
        process = subprocess.Popen([BINARY, *map(str, command), "--json"], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        told = []
        is_sparing = self.losses >= STAGINGS_LOST and self.phase == "Staging"
        events_left = self.chance.choice([1, 1, 1, 1, 2, 3])
        timer = None
        if self.chance.random() < 0.3 and not is_sparing and not spared_to:
            timer = threading.Timer(self.chance.uniform(0.02, 0.2), process.kill)
            timer.start()
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "waiting":
                continue
            told.append(event)
            if spared_to:
                if (event["event"], event.get("consumer")) == spared_to:
                    process.kill()
                continue
            is_sparing = is_sparing and event["event"] != "secret_staged"
            events_left -= not is_sparing
            if events_left == 0 and timer is None and not is_sparing:
                time.sleep(self.chance.choice([0, 0, self.chance.uniform(0, 0.01)]))
                process.kill()
        said = process.stderr.read()
        process.wait()
        if timer:
            timer.cancel()
        if process.returncode >= 0:
            assert self.is_over(), said
        else:
            self.kills += 1
        return told


@pytest.fixture
def chance():
    seed = int(os.environ.get("REKEY_SEED", random.randrange(1 << 30)))
    print(f"REKEY_SEED={seed}")
    return random.Random(seed)


@pytest.mark.parametrize("overlap", ["0", "7d"])
def test_killed_through_a_whole_rotation_every_place_holds_what_is_accepted(authority, tmp_path, chance, overlap):
    authority.run("policy", "set", "settle=0", f"overlap={overlap}")
    site = Site(authority, tmp_path)
    site.start()
    killer = Killer(site, chance)
    deadline = time.monotonic() + BUDGET_SECONDS
    killer.rotate()
    while killer.kills < KILLS and time.monotonic() < deadline:
        killer.rotate()
    site.stop()
    value = site.watchers[0].value()
    print(f"overlap {overlap}: {killer.runs} runs, {killer.kills} kills, {sum(w.tokens for w in site.watchers)} tokens")
    authority.canaries |= {value, site.old}
    assert killer.kills >= 8 and value != site.old
    site.check_places(value)
    names = site.check_record("closed")
    assert authority.token(site.client_id, site.old).status == 401
    assert (names.index("secret_activated") < names.index("sink_written")) == (overlap == "7d")


def test_killed_through_a_roll_back_every_place_gets_back_what_it_held(authority, tmp_path, chance):
    authority.run("policy", "set", "settle=0", "overlap=0")
    site = Site(authority, tmp_path)
    site.start()
    killer = Killer(site, chance)
    killer.rotate(until=("sink_written", "nightly"))
    killer.run_to_the_end("run", "abort", "-f", site.inventory, "--reason", "a test")
    site.stop()
    print(f"{killer.kills} kills, {sum(watcher.tokens for watcher in site.watchers)} tokens")
    authority.canaries.add(site.old)
    assert killer.kills >= 5
    site.check_places(site.old)
    site.check_record("given_up")
