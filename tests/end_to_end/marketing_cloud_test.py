"""The story of a secret at Marketing Cloud: a person at Setup, a terminal, consumers that run, and every mistake in the book.

The server plays Marketing Cloud (its profile, with the waiting times cut short); the engine knows nothing of
its admin API. The person is a program of its own, administrator.py.
"""

import json
import os
import pty
import re
import select
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from support import BINARY, SOURCE, Authority, find_canaries, rekey, wait_until
from rotation_test import Reader
from watch_test import Receiver

ADMINISTRATOR = SOURCE / "tests/end_to_end/administrator.py"
ASKED = "New client secret"


def words(text):
    """Without the terminal's line breaks."""
    return " ".join(text.split())


class Terminal:
    """`rekey rotate` at a terminal, its output as a person sees it."""

    def __init__(self, *arguments):
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.execv(BINARY, [BINARY, *map(str, arguments)])
        self.seen = ""

    def read_until(self, part, seconds=90):
        """Goes on reading until `part` was seen (since the last call); gives what was read."""
        deadline = time.monotonic() + seconds
        begin = len(self.seen)
        while part not in self.seen[begin:]:
            assert time.monotonic() < deadline, f"no {part!r} in:\n{self.seen[-3000:]}"
            assert self.read_some(), f"it ended without {part!r}:\n{self.seen[-3000:]}"
        return words(self.seen[begin:])

    def read_some(self):
        if not select.select([self.descriptor], [], [], 1)[0]:
            return True
        try:
            content = os.read(self.descriptor, 65536)
        except OSError:
            return False
        self.seen += content.decode(errors="replace")
        return bool(content)

    def paste(self, text):
        os.write(self.descriptor, b"\x1b[200~" + text.encode() + b"\x1b[201~\n")

    def type(self, text):
        os.write(self.descriptor, text.encode() + b"\n")

    def end(self):
        while self.read_some():
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self.descriptor)
        return os.waitstatus_to_exitcode(status)

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        self.end()


class Story:
    def __init__(self, authority, folder):
        self.authority, self.folder = authority, folder
        created = authority.create()
        self.client_id = created["integration"]["client_id"]
        self.old = created["secret"]["value"]
        self.consumers = {}
        for name in ("crm-sync", "nightly-import"):
            path = folder / f"{name}.env"
            path.write_text(f"SFMC_CLIENT_SECRET={self.old}\n")
            self.consumers[name] = Reader(authority, self.client_id, path, f"{name}/1")
        self.inventory = folder / "rekey.yaml"
        self.write_inventory()

    def write_inventory(self, more=""):
        self.inventory.write_text(f"""\
version: 1
issuers:
  mce: {{kind: marketing-cloud, auth_url: "{self.authority.url}", settle: 2s, interval: 1s, look_every: 500ms,
        activation_wait: 60s}}
proof: {{requests: 2, span: 200ms}}
integrations:
  - name: Order sync
    client_id: {self.client_id}
    owner: crm@example.org
{more}    consumers:
      - name: crm-sync
        owner: omar@example.org
        sink: {{kind: file, path: crm-sync.env, key: SFMC_CLIENT_SECRET}}
        reload: per_call
        seen_as: {{user_agent: crm-sync/1}}
        interval: 20m
      - name: nightly-import
        sink: {{kind: file, path: nightly-import.env, key: SFMC_CLIENT_SECRET}}
        reload: {{command: [/bin/true], reads: at_start}}
        seen_as: {{user_agent: nightly-import/1}}
        interval: 20m
""")

    def add_package(self, name, client_id):
        """One that is in the inventory, and of which no more is known."""
        with self.inventory.open("a") as file:
            file.write(f"  - name: {name}\n    client_id: {client_id}\n")

    def act(self, *arguments):
        """The person does something in Setup; gives what is shown there."""
        done = subprocess.run([sys.executable, ADMINISTRATOR, self.authority.url, self.authority.data / "admin.json",
                               self.client_id, *arguments], capture_output=True, text=True, timeout=60, check=True)
        return done.stdout.strip()

    def generate(self, description=""):
        value = self.act("generate", description)
        self.authority.canaries.add(value)
        return value

    def description_on(self, card):
        return re.search(r"run-\d{8}-[0-9a-f]{8}", card).group(0)

    def rotate(self, *more):
        return Terminal("rotate", "-f", self.inventory, "--yes", *more)

    def run_in_background(self, ok):
        return rekey("rotate", "-f", self.inventory, "--yes", ok=ok, timeout=240)

    def watch(self, receiver, *options):
        return rekey("watch", "--config", receiver.config, "--once", "-f", self.inventory, *options)

    def say(self, *arguments, ok=(0,)):
        return rekey("run", *arguments, "-f", self.inventory, ok=ok)

    def attest(self):
        self.say("attest", "crm-sync", "--by", "omar", "--reason", "orders arrive")

    def start(self):
        for consumer in self.consumers.values():
            consumer.start()
        wait_until(lambda: all(c.tokens > 3 for c in self.consumers.values()), "the consumers to run")

    def stop(self):
        for consumer in self.consumers.values():
            consumer.stop()

    def failures(self):
        return [failure for consumer in self.consumers.values() for failure in consumer.failures]

    def check_moved_to(self, value):
        assert {consumer.value() for consumer in self.consumers.values()} == {value}
        assert self.authority.token(self.client_id, value).status == 200
        assert self.authority.token(self.client_id, self.old).status == 401

    def check_nothing_shows(self, *texts):
        self.authority.canaries.add(self.old)
        for text in texts:
            assert not find_canaries(text.encode(), self.authority.canaries)
        for path in (self.folder / ".rekey").rglob("*"):
            if path.is_file():
                assert not find_canaries(path.read_bytes(), self.authority.canaries), path


@pytest.fixture
def receiver(tmp_path):
    receiver = Receiver(tmp_path)
    yield receiver
    receiver.close()


@pytest.fixture
def story(authority, tmp_path):
    authority.run("policy", "set", "profile=marketing-cloud")
    authority.run("policy", "set", "settle=2s", "generation_interval=0", "activation_interval=0")
    one = Story(authority, tmp_path)
    one.start()
    yield one
    one.stop()


def test_a_person_who_follows_the_cards_replaces_the_secret_without_one_refusal(story):
    story.write_inventory(more="    approvals: 1\n")
    terminal = story.rotate()
    card = terminal.read_until(ASKED)
    for part in ("Generate a new client secret for Order sync", story.client_id, "Installed Packages", "STOP"):
        assert part in card
    value = story.generate(story.description_on(card))
    terminal.paste(value)
    terminal.read_until("crm-sync")
    assert terminal.end() == 3, terminal.seen
    # Both secrets work; the owner of the consumer that nobody restarted is asked for his word.
    assert "run attest" in terminal.seen
    waiting = story.say("show", ok=(3,)).stdout
    assert "Parked" in waiting and "crm-sync" in waiting
    story.attest()
    second = story.run_in_background(ok=(3,))
    assert "approval of a second person" in second.stderr
    untold = story.say("approve", "--by", "the second", "--reason", "change 4711", ok=(2,)).stderr
    digest = json.loads(rekey("plan", "-f", story.inventory, "--json").stdout)["digest"]
    assert f"--by 'the second' --reason 'change 4711' --plan {digest}" in untold, untold
    assert "began" in story.say("approve", "--plan", digest, "--reason", "x", ok=(4,)).stderr
    assert "changed since" in story.say("approve", "--plan", digest[:8], "--by", "the second", "--reason", "x", ok=(4,)).stderr
    story.say("approve", "--plan", digest, "--by", "the second", "--reason", "change 4711")
    terminal2 = story.rotate()
    assert "Activate the staged client secret of Order sync" in terminal2.read_until("Come back to")
    assert story.act("staged") == story.description_on(card)
    story.act("activate")
    assert terminal2.end() == 0, terminal2.seen
    story.stop()
    assert story.failures() == []
    story.check_moved_to(value)
    story.check_nothing_shows(terminal.seen, terminal2.seen, second.stdout, second.stderr)


def test_the_wrong_paste_is_told_at_once_and_the_right_one_taken(story):
    created = story.authority.create("Another package")
    other, client_id = created["secret"]["value"], created["integration"]["client_id"]
    story.add_package("Newsletter", story.authority.create("Newsletter")["integration"]["client_id"])
    story.add_package("Another package", client_id)
    terminal = story.rotate("-i", "Order sync")
    terminal.read_until(ASKED)
    terminal.paste(story.old)
    assert "that is the present secret" in terminal.read_until(ASKED)
    value = story.generate()
    terminal.paste(value[:40])
    assert "it has 40 characters, and a new secret has 64" in terminal.read_until(ASKED)
    terminal.type(story.client_id)
    assert "that is the client id" in terminal.read_until(ASKED)
    # One that looks right and is another package's: only token requests can tell, and whose it is.
    terminal.paste(other)
    said = terminal.read_until(ASKED, seconds=180)
    assert f"it is a secret of Another package ({client_id})" in said and "not of Order sync" in said
    assert {consumer.value() for consumer in story.consumers.values()} == {story.old}
    terminal.paste(story.generate())
    assert terminal.end() == 3, terminal.seen
    story.stop()
    assert story.failures() == []
    story.check_nothing_shows(terminal.seen)


def test_a_wrong_client_id_and_a_business_unit_that_is_not_enabled_are_told_before_anything_begins(tmp_path):
    server = Authority(tmp_path / "data", "--detailed-client-errors", "on").start()
    try:
        story = Story(server, tmp_path)
        right = story.inventory.read_text()
        assert rekey("plan", "-f", story.inventory).returncode == 0
        story.inventory.write_text(right.replace("settle: 2s", "business_unit: 123456789, settle: 2s"))
        said = words(rekey("plan", "-f", story.inventory, ok=(3,)).stderr)
        assert f"business unit 123456789 is not enabled for Order sync ({story.client_id})" in said
        wrong = story.client_id[::-1]
        story.inventory.write_text(right.replace(story.client_id, wrong))
        said = words(rekey("plan", "-f", story.inventory, ok=(3,)).stderr)
        assert f"knows no client id {wrong}" in said
        story.check_nothing_shows(said)
    finally:
        server.stop()


def test_a_package_that_was_disabled_for_a_while_costs_nobody_the_staged_secret(story):
    terminal = story.rotate()
    terminal.read_until(ASKED)
    value = story.generate()
    terminal.paste(value)
    assert terminal.end() == 3, terminal.seen
    card = words(story.say("card").stdout)
    assert "DO NOT PRESS GENERATE" in card and "Press Generate." not in card
    story.stop()
    assert story.failures() == []
    story.authority.run("package", "disable", story.client_id)
    stopped = story.run_in_background(ok=(3,))
    during = words(stopped.stdout + stopped.stderr)
    assert "nobody gets a token" in during
    assert "mend that, generate nothing" in words(story.say("card").stdout)
    story.authority.run("package", "enable", story.client_id)
    after = story.run_in_background(ok=(3,))
    assert "is accepted again: the run goes on with it" in after.stdout
    assert {consumer.value() for consumer in story.consumers.values()} == {value}
    story.attest()
    terminal = story.rotate()
    terminal.read_until("Come back to")
    story.act("activate")
    assert terminal.end() == 0, terminal.seen
    story.check_moved_to(value)
    story.check_nothing_shows(during, after.stdout, after.stderr, terminal.seen)


def test_a_staged_secret_that_is_generated_again_is_told_and_taken_out_of_every_sink(story):
    terminal = story.rotate()
    terminal.read_until(ASKED)
    terminal.paste(story.generate())
    assert terminal.end() == 3
    first = story.consumers["crm-sync"].value()
    assert first != story.old
    # The consumers hold what is staged; generating again ends it at once. That much is cut off, and mended.
    value = story.generate()
    terminal = story.rotate()
    said = terminal.read_until(ASKED, seconds=180)
    assert "somebody generated again" in said
    wait_until(lambda: {c.value() for c in story.consumers.values()} == {story.old}, "the sinks to be put back")
    terminal.paste(value)
    assert terminal.end() == 3, terminal.seen
    story.check_nothing_shows(terminal.seen)


def test_an_activation_before_its_time_is_said_within_seconds_and_everybody_moved(story):
    terminal = story.rotate()
    terminal.read_until(ASKED)
    value = story.generate()
    wait_until(lambda: story.authority.token(story.client_id, value).status == 200, "it to settle at Setup")
    story.act("activate")
    terminal.paste(value)
    assert terminal.end() == 0, terminal.seen
    assert "somebody activated" in words(terminal.seen)
    story.check_moved_to(value)
    wait_until(lambda: all(c.value() == value for c in story.consumers.values()), "everybody to be moved")
    story.stop()
    story.check_nothing_shows(terminal.seen)


def test_an_activation_before_its_time_is_mailed_to_owner_and_contacts_while_the_run_goes_on(story, receiver):
    story.write_inventory("    contacts: [ops@example.org]\n")
    terminal = story.rotate("--notices", receiver.config)
    terminal.read_until(ASKED)
    value = story.generate()
    wait_until(lambda: story.authority.token(story.client_id, value).status == 200, "it to settle at Setup")
    story.act("activate")
    terminal.paste(value)
    assert terminal.end() == 0, terminal.seen
    for address in ("crm@example.org", "ops@example.org"):
        (mail,) = receiver.mails_to(address)
        text = words(mail.get_body(("plain",)).get_content())
        assert mail["Subject"] == 'Alarm: The old secret of "Order sync" ended too early'
        assert "Restart now: crm-sync, nightly-import." in text, text
        assert not find_canaries(text.encode(), story.authority.canaries)
    story.watch(receiver)
    assert len(receiver.mailbox.mails) == 2, "the watcher does not say it again"


def test_an_activation_that_comes_too_early_between_two_runs_is_seen_by_the_watcher(story, receiver):
    terminal = story.rotate()
    terminal.read_until(ASKED)
    value = story.generate()
    terminal.paste(value)
    assert terminal.end() == 3
    for _ in range(2):
        assert story.watch(receiver).stderr == ""
    (mail,) = receiver.mails_to("crm@example.org")
    assert mail["Subject"] == 'The rotation for "Order sync" waits for a person', "and that only once"
    story.act("activate")
    assert story.watch(receiver, "--no-look").stderr == "", "who may only tell leaves the run as it is"
    assert "is in use by every consumer" in story.watch(receiver).stderr
    (_, mail) = receiver.mails_to("crm@example.org")
    assert "Restart now: crm-sync." in words(mail.get_body(("plain",)).get_content())
    story.watch(receiver)
    assert len(receiver.mailbox.mails) == 2
    story.check_moved_to(value)
    assert rekey("rotate", "-f", story.inventory, "--due", "--lead", "1d", "--yes").returncode == 0, "nothing is open"


def test_a_run_that_was_killed_is_told_when_nobody_goes_on_with_it(story, receiver):
    terminal = story.rotate()
    terminal.read_until(ASKED)
    journal = sqlite3.connect(story.folder / ".rekey/runs.db")
    with journal:
        # As if it had all been twenty minutes earlier; nothing but the chain's own check minds.
        journal.execute("UPDATE event SET at = at - 1200000")
    journal.close()
    story.watch(receiver)
    assert receiver.mailbox.mails == [], "somebody sits at the terminal"
    terminal.kill()
    for _ in range(2):
        story.watch(receiver)
    (mail,) = receiver.mails_to("crm@example.org")
    text = words(mail.get_body(("plain",)).get_content())
    assert "It was interrupted in Staging" in text and "rekey rotate -f" in text, text


def test_a_round_that_stops_for_the_same_word_again_is_told_once(story, receiver):
    terminal = story.rotate()
    terminal.read_until(ASKED)
    terminal.paste(story.generate())
    assert terminal.end() == 3
    story.watch(receiver, "--no-look")
    story.run_in_background(ok=(3,))
    story.watch(receiver, "--no-look")
    story.attest()
    story.watch(receiver, "--no-look")
    (mail,) = receiver.mails_to("crm@example.org")
    assert "Whoever answers for crm-sync has" in words(mail.get_body(("plain",)).get_content())


def test_the_approval_that_is_missing_is_asked_for_by_mail(story, receiver):
    story.write_inventory("    approvals: 1\n    contacts: [ops@example.org]\n")
    terminal = story.rotate()
    terminal.read_until(ASKED)
    value = story.generate()
    terminal.paste(value)
    assert terminal.end() == 3
    story.attest()
    story.rotate("--notices", receiver.config).end()
    for address in ("crm@example.org", "ops@example.org"):
        (mail,) = receiver.mails_to(address)
        text = words(mail.get_body(("plain",)).get_content())
        assert "approval of a second person" in text and "rekey run approve -f" in text, text
    digest = re.search(r"rekey run approve -f .*? --plan ([0-9a-f]{16}) --reason TEXT", text).group(1)
    story.say("approve", "--plan", digest, "--by", "omar", "--reason", "change 7")
    assert story.run_in_background(ok=(3,)).returncode == 3
    story.act("activate")
    story.run_in_background(ok=(0,))
    story.stop()
    assert story.failures() == []
    story.check_moved_to(value)


def test_who_walks_away_or_is_killed_finds_the_place_again(story):
    away = story.run_in_background(ok=(3,))
    assert "nobody is at a terminal here" in away.stderr
    card = story.say("card", "--markdown").stdout
    assert card.startswith("# Generate a new client secret for Order sync") and "1. [ ] " in card
    value = story.generate(story.description_on(card))
    # From a file descriptor, killed while it settles.
    reader, writer = os.pipe()
    os.write(writer, value.encode() + b"\n")
    os.close(writer)
    process = subprocess.Popen([BINARY, "rotate", "-f", story.inventory, "--yes", "--json", "--value-fd", str(reader)],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, pass_fds=[reader])
    os.close(reader)
    for line in process.stdout:
        if json.loads(line).get("event") == "secret_staged":
            break
    process.kill()
    process.wait()
    assert story.run_in_background(ok=(3,)).returncode == 3
    story.attest()
    assert "Do it at the issuer" in story.run_in_background(ok=(3,)).stderr
    assert "Activate the staged client secret" in story.say("card").stdout
    story.act("activate")
    done = story.run_in_background(ok=(0,))
    story.stop()
    assert story.failures() == []
    story.check_moved_to(value)
    story.check_nothing_shows(away.stdout, away.stderr, done.stdout, done.stderr)


def test_an_activation_that_nobody_sees_at_the_terminal_is_noticed_by_waiting(story):
    terminal = story.rotate()
    terminal.read_until(ASKED)
    value = story.generate()
    terminal.paste(value)
    assert terminal.end() == 3
    story.attest()
    process = subprocess.Popen([BINARY, "rotate", "-f", story.inventory, "--yes", "--wait"], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL)
    for line in process.stdout:
        if "Come back to" in line:
            break
    story.act("activate")
    said = process.stdout.read()
    assert process.wait(timeout=60) == 0, said
    story.stop()
    assert story.failures() == []
    story.check_moved_to(value)


def test_a_value_sealed_on_another_machine_is_taken_by_its_own_run_alone(story, tmp_path):
    assert "no run is open" in rekey("rotate", "-f", story.inventory, "--yes", "--sealed", "-", ok=(4,)).stderr
    story.run_in_background(ok=(3,))
    card = story.say("card").stdout
    address = re.search(r"rkp1\.\S+", card).group(0)
    value = story.generate(story.description_on(card))
    # The administrator's own machine: it has the address and the value, and nothing else.
    sealed = rekey("seal", "--to", address, stdin=value + "\n")
    assert re.search(r"Fingerprint +(\S+)", card).group(1) in sealed.stderr
    assert not find_canaries((sealed.stdout + sealed.stderr).encode(), {value})
    line = sealed.stdout.strip()
    damaged = line[:-10] + ("A" if line[-10] != "A" else "B") + line[-9:]
    refused = rekey("rotate", "-f", story.inventory, "--yes", "--sealed", "-", stdin=damaged, ok=None)
    assert refused.returncode not in (0, 3), refused.stderr
    file = tmp_path / "sealed.txt"
    file.write_text(sealed.stdout)
    done = rekey("rotate", "-f", story.inventory, "--yes", "--sealed", file, ok=(3,), timeout=240)
    assert {consumer.value() for consumer in story.consumers.values()} == {value}, done.stderr
    story.stop()
    assert story.failures() == []
    story.check_nothing_shows(card, done.stdout, done.stderr, file.read_text())


def test_enter_alone_leaves_a_package_for_later_and_uses_up_no_try(story):
    terminal = story.rotate()
    terminal.read_until(ASKED)
    terminal.type("")
    assert terminal.end() == 3, terminal.seen
    assert "left for later" in words(terminal.seen)
    # Nothing was generated and nothing is lost: the same card comes again.
    assert "Generate a new client secret" in story.rotate().read_until(ASKED)


def test_what_is_due_is_taken_one_after_the_other_and_the_rest_is_left(story):
    def entry(name, client_id, end):
        return f"  - name: {name}\n    client_id: {client_id}\n{end}"
    later = story.authority.create("Later")["integration"]["client_id"]
    unknown = story.authority.create("Unknown")["integration"]["client_id"]
    text = story.inventory.read_text().replace("    owner: crm@example.org\n", "    expires_at: 2026-12-20\n")
    day = 24 * 3600
    far = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 170 * day))
    soon = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 20 * day))
    story.inventory.write_text(text.replace("2026-12-20", soon) + entry("Later", later, f"    expires_at: {far}\n")
                               + entry("Unknown", unknown, "")
                               + f"  - name: Stuck\n    expires_at: {soon}\n")
    first = rekey("rotate", "-f", story.inventory, "--due", "--yes", ok=(3,))
    assert "Order sync (1 of 1)" in first.stdout and "Later" not in first.stdout
    assert '"Unknown"' in first.stderr and "nobody is at a terminal here" in first.stderr
    assert "DUE, and cannot begin before their client id is in the inventory: \"Stuck\"" in first.stderr
    both = rekey("rotate", "-f", story.inventory, "--due", "-i", "Later", "--yes", ok=(2,))
    assert "--due takes every integration" in both.stderr
    # The open run comes first from now on, whatever its date.
    assert "was begun before" in rekey("rotate", "-f", story.inventory, "--due", "--yes", ok=(3,)).stdout
    assert rekey("rotate", "-f", story.inventory, "--yes", ok=(2,)).stderr.count("-i NAME") == 1
