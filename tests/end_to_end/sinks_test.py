"""Sinks that are no file: a program of the author's own, and a vendor's form that a person fills in."""

import json
import os
import re
import subprocess
import threading

import pytest
from marketing_cloud_test import Terminal
from rotation_test import Reader
from support import BINARY, SOURCE, find_canaries, rekey, wait_until

SAMPLE = SOURCE / "examples/exec-sink/secrets-file"
SECRET = re.compile(r"SFMC_[0-9A-Za-z_]{59}")


class Form(Reader):
    """A vendor's program whose secret stands in a form; it asks for tokens with what was saved there."""

    def __init__(self, authority, client_id, value):
        super().__init__(authority, client_id, None, "vendor/1")
        self.saved = value
        self.lock = threading.Lock()

    def value(self):
        with self.lock:
            return self.saved

    def save(self, value):
        with self.lock:
            self.saved = value


class Site:
    """One consumer whose secret a program keeps, and one whose secret stands in a form."""

    def __init__(self, authority, folder):
        authority.run("policy", "set", "settle=1s", "overlap=0")
        created = authority.create()
        self.authority, self.folder = authority, folder
        self.client_id = created["integration"]["client_id"]
        self.old = created["secret"]["value"]
        self.store = folder / "store"
        self.store.write_text(f"# of the shop\nSFMC_CLIENT_SECRET={self.old}\nOTHER=1\n")
        self.shop = Reader(authority, self.client_id, self.store, "shop/1")
        self.form = Form(authority, self.client_id, self.old)
        self.inventory = folder / "rekey.yaml"
        self.texts = []

    def write_inventory(self, has_form):
        form = """\
  - name: vendor
    owner: omar@example.org
    sink: {kind: manual, where: Settings > Connections, field: Client Secret, url: "https://vendor.example/7"}
    reload: per_call
    seen_as: {user_agent: vendor/1}
    interval: 1s
"""
        self.inventory.write_text(f"""\
version: 1
issuer: {{kind: rekey, credential: {self.authority.data / 'admin.json'}}}
integration: {{client_id: {self.client_id}}}
proof: {{requests: 2, span: 200ms}}
consumers:
  - name: shop
    sink: {{kind: exec, command: [{SAMPLE}, {self.store}, SFMC_CLIENT_SECRET]}}
    reload: per_call
    seen_as: {{user_agent: shop/1}}
    interval: 1s
{form if has_form else ''}""")
        self.consumers = [self.shop, self.form] if has_form else [self.shop]

    def start(self):
        for consumer in self.consumers:
            consumer.start()
        wait_until(lambda: all(c.tokens > 3 for c in self.consumers), "the consumers to run")

    def stop(self):
        for consumer in self.consumers:
            consumer.stop()

    def rotate(self, *options, ok):
        done = rekey("rotate", "-f", self.inventory, "--yes", *options, ok=ok, timeout=240)
        self.texts += [done.stdout, done.stderr]
        return done

    def say(self, *arguments, ok=(0,)):
        done = rekey("run", *arguments, "-f", self.inventory, ok=ok)
        self.texts += [done.stdout, done.stderr]
        return done

    def take_out(self, consumer="vendor", ok=0):
        """The value as a program gets it: from a descriptor."""
        reading, writing = os.pipe()
        done = subprocess.run([BINARY, "run", "value", consumer, "-f", self.inventory, "--by", "omar", "--to-fd",
                               str(writing)], pass_fds=[writing], capture_output=True, text=True, timeout=60)
        os.close(writing)
        assert done.returncode == ok, done.stdout + done.stderr
        with os.fdopen(reading) as stream:
            value = stream.read()
        self.texts += [done.stdout, done.stderr]
        if ok != 0:
            assert value == ""
            return done.stderr
        self.authority.canaries.add(value)
        return value

    def check_moved(self):
        value = self.shop.value()
        self.authority.canaries |= {value, self.old}
        assert value != self.old and {c.value() for c in self.consumers} == {value}
        assert self.authority.token(self.client_id, value).status == 200
        assert self.authority.token(self.client_id, self.old).status == 401
        assert self.store.read_text() == f"# of the shop\nSFMC_CLIENT_SECRET={value}\nOTHER=1\n"
        assert [c.failures for c in self.consumers] == [[] for _ in self.consumers]
        self.check_nothing_shows()

    def check_nothing_shows(self):
        self.authority.canaries.add(self.old)
        for text in self.texts:
            assert not find_canaries(text.encode(), self.authority.canaries)
        for path in (self.folder / ".rekey").rglob("*"):
            if path.is_file():
                assert not find_canaries(path.read_bytes(), self.authority.canaries), path


@pytest.fixture
def site(authority, tmp_path):
    return Site(authority, tmp_path)


def test_the_sample_program_keeps_the_protocol_and_leaves_its_place_as_it_was(tmp_path):
    place = tmp_path / "place"
    place.write_text("A=1\nNAME=planted-before\n")
    done = rekey("sink", "check", "--yes", "--", SAMPLE, place, "NAME")
    assert "The program keeps the protocol." in done.stdout and "FAIL" not in done.stdout
    assert place.read_text() == "A=1\nNAME=planted-before\n"
    checked = json.loads(rekey("sink", "check", "--yes", "--json", "--", SAMPLE, place, "NAME").stdout)
    assert checked["passed"] and checked["put_back"] and len(checked["rules"]) > 5
    # One that does not is told which rule it breaks; without a yes nothing is asked of it.
    broken = rekey("sink", "check", "--yes", "--", "/bin/echo", "{}", ok=(1,))
    assert "FAIL" in broken.stdout
    assert "--yes" in rekey("sink", "check", "--", SAMPLE, place, "NAME", ok=(2,)).stderr


def test_a_program_of_the_authors_own_carries_a_whole_rotation(site):
    site.write_inventory(has_form=False)
    site.start()
    site.rotate(ok=(0,))
    site.stop()
    site.check_moved()


def test_a_person_fills_in_the_form_and_being_seen_is_the_proof(site):
    site.write_inventory(has_form=True)
    plan = rekey("plan", "-f", site.inventory).stdout
    assert "a person puts it into Settings > Connections, field Client Secret by hand" in " ".join(plan.split())
    site.start()
    waiting = site.rotate(ok=(3,))
    assert "rekey run value vendor" in waiting.stderr + waiting.stdout
    card = site.say("card", "--markdown").stdout
    for part in ("https://vendor.example/7", "Client Secret", site.client_id, "rekey run attest vendor"):
        assert part in card, part
    assert "Parked" in site.say("show", ok=(3,)).stdout
    # Nobody but the form's person gets a value, and not where it would stay.
    assert "the engine itself writes" in site.take_out("shop", ok=4)
    assert "nobody is at a terminal" in site.say("value", "vendor", ok=(3,)).stderr
    # A start without the word asks again; the word alone, without the deed, keeps the gate shut.
    site.rotate(ok=(3,))
    value = site.take_out()
    assert SECRET.fullmatch(value) and value == site.shop.value()
    site.form.save(value)
    site.say("attest", "vendor", "--by", "omar", "--reason", "saved, connection tested")
    done = site.rotate(ok=(0,))
    site.stop()
    assert "seen on the new secret" in done.stdout + done.stderr
    site.check_moved()
    assert "is open" in site.take_out(ok=4)


def test_a_value_that_is_shown_at_a_terminal_does_not_stay_there(site, monkeypatch):
    site.write_inventory(has_form=True)
    site.start()
    site.rotate(ok=(3,))
    monkeypatch.setenv("TERM", "xterm")
    refused = Terminal("run", "value", "vendor", "-f", site.inventory)
    refused.read_until("nothing recording this terminal?")
    refused.type("n")
    assert refused.end() == 130 and not SECRET.search(refused.seen)
    for leave in ("enter", "signal"):
        terminal = Terminal("run", "value", "vendor", "-f", site.inventory)
        terminal.read_until("nothing recording this terminal?")
        terminal.type("y")
        terminal.read_until("Press Enter")
        value = SECRET.search(terminal.seen).group(0)
        if leave == "enter":
            terminal.type("")
            assert terminal.end() == 0, terminal.seen
        else:
            os.kill(terminal.pid, 15)
            assert terminal.end() == -15
        entered, left = terminal.seen.index("\x1b[?1049h"), terminal.seen.rindex("\x1b[2J\x1b[H\x1b[?1049l")
        shown = terminal.seen[entered:left]
        assert value in shown and value not in terminal.seen[:entered] + terminal.seen[left:]
        site.authority.canaries.add(value)
    site.form.save(value)
    site.say("attest", "vendor", "--reason", "saved")
    site.rotate(ok=(0,))
    site.stop()
    site.check_moved()


def test_a_run_that_is_given_up_has_the_form_put_back(site):
    site.write_inventory(has_form=True)
    site.start()
    site.rotate(ok=(3,))
    site.form.save(site.take_out())
    site.say("attest", "vendor", "--reason", "saved")
    given_up = site.rotate("--abandon", "--reason", "not today", ok=(3,))
    assert "the secret that vendor had before" in given_up.stderr + given_up.stdout
    assert "Put the earlier client secret of vendor into its form" in site.say("card").stdout
    value = site.take_out()
    assert value == site.old
    site.form.save(value)
    site.say("attest", "vendor", "--reason", "put back")
    ended = site.rotate(ok=(3,))
    assert "given up" in ended.stdout + ended.stderr
    site.stop()
    assert {c.value() for c in site.consumers} == {site.old}
    assert [c.failures for c in site.consumers] == [[], []]
    site.check_nothing_shows()
