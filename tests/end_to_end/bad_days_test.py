"""Bad days of a rotation, with the real binary: what goes wrong does no harm, and the message says what to do."""

import json
import os
import signal
import socket
import subprocess
import threading

import pytest
from failures_test import small_disk  # noqa: F401  (a fixture)
from rotation_test import Site
from support import BINARY, SOURCE, rekey

SAMPLE = SOURCE / "examples/exec-sink/secrets-file"
STORE = """#!/bin/sh
# A store with moods, kept by the sample program: as `mood` says, a write is forgotten, cut off, or answered late.
IFS= read -r request
mood=$(cat "$(dirname "$0")/mood")
case $mood$request in
  forgets*'"dry_run":false'*) cat <&3 >/dev/null; printf '{}\\n'; exit 0 ;;
  late*'"dry_run":false'*) printf '%s\\n' "$request" | "$@" >/dev/null; echo well >"$(dirname "$0")/mood"; exec sleep 30 ;;
  cuts*'"dry_run":false'*) printf '%s\\n' "$request" | "$@"; sed -i "s/^\\($3=.\\{40\\}\\).*/\\1/" "$2"; exit 0 ;;
  lost*'"dry_run":false'*) echo well >"$(dirname "$0")/mood"; exec sleep 30 ;;
esac
printf '%s\\n' "$request" | "$@"
"""


class BadSite(Site):
    """Two consumers that run; the place of one of them may be kept by a program."""

    def __init__(self, authority, folder):
        super().__init__(authority, folder, authority.create())
        self.report = self.consumers["report"].path
        self.mood = folder / "mood"

    def change(self, old, new):
        text = self.inventory.read_text()
        assert old in text
        self.inventory.write_text(text.replace(old, new))

    def keep_by_program(self, mood):
        self.mood.write_text(mood)
        store = self.folder / "store"
        store.write_text(STORE)
        store.chmod(0o755)
        self.report.write_text(self.report.read_text().replace('"', ""))
        self.change("{kind: file, path: report.env, key: SFMC_CLIENT_SECRET}",
                    f"{{kind: exec, command: [{store}, {SAMPLE}, {self.report}, SFMC_CLIENT_SECRET], timeout: 1s}}")

    def begin(self):
        return subprocess.Popen([BINARY, "rotate", "-f", str(self.inventory), "--yes", "--json"],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def check_moved(self):
        (value,) = set(self.values().values())
        self.authority.canaries |= {value, self.old}
        assert value != self.old and self.authority.token(self.client_id, self.old).status == 401
        self.check_nobody_was_refused()

    def check_nothing_happened(self):
        assert set(self.values().values()) == {self.old}
        states = [one["state"] for one in self.authority.json("secret", "list", self.client_id)["secrets"]]
        assert states == ["active"]

    def check_nobody_was_refused(self):
        assert {name: consumer.failures for name, consumer in self.consumers.items()} == {"export": [], "report": []}


@pytest.fixture
def site(authority, tmp_path):
    authority.run("policy", "set", "settle=0", "overlap=0")
    return BadSite(authority, tmp_path)


def told_until(process, is_it):
    """What the engine tells, up to the first line for which `is_it` holds; that one is the last."""
    told = []
    for line in process.stdout:
        told.append(json.loads(line))
        if is_it(told[-1]):
            return told
    raise AssertionError(f"it never told that: {told[-3:]}\n{process.stderr.read()}")


def check_it_ends_well(process, site):
    out, said = process.communicate(timeout=60)
    site.stop()
    assert process.returncode == 0, out + said
    site.check_moved()


def named(event, consumer=None):
    return lambda told: told["event"] == event and (consumer is None or told.get("consumer") == consumer)


def waits_with(words):
    return lambda told: told["event"] == "waiting" and words in json.dumps(told)


class Line:
    """The line to a server, which can be cut."""

    def __init__(self, url):
        host, port = url.removeprefix("http://").rstrip("/").split(":")
        self.target = (host, int(port))
        self.port = 0
        self.mend()
        self.url = f"http://127.0.0.1:{self.port}"

    def mend(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self.listener.getsockname()[1]
        self.ends = [self.listener]
        threading.Thread(target=self.serve, args=(self.listener, self.ends), daemon=True).start()

    def cut(self):
        for end in self.ends:
            self.close(end)
        self.listener.close()

    def serve(self, listener, ends):
        while True:
            try:
                inner, _ = listener.accept()
            except OSError:
                return
            outer = socket.create_connection(self.target)
            ends += [inner, outer]
            for one, other in ((inner, outer), (outer, inner)):
                threading.Thread(target=self.pump, args=(one, other), daemon=True).start()

    def pump(self, one, other):
        try:
            while piece := one.recv(65536):
                other.sendall(piece)
        except OSError:
            pass
        self.close(other)

    @staticmethod
    def close(end):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


@pytest.fixture
def line(authority):
    one = Line(authority.url)
    yield one
    one.cut()


def test_an_issuer_that_cannot_be_reached_is_named_and_nothing_begins(site, line):
    site.change("admin.json}", f"admin.json, server: {line.url}}}")
    line.cut()
    said = rekey("rotate", "-f", site.inventory, "--yes", ok=(5,)).stderr
    assert f"cannot connect to 127.0.0.1:{line.port}" in said and "nothing was sent; see that it is up" in said
    site.check_nothing_happened()
    assert "no run was ever begun" in rekey("run", "list", "-f", site.inventory).stdout


@pytest.mark.parametrize("place", [("run_planned",), ("sink_written", "export"), ("consumer_reloaded", "report")])
def test_an_issuer_that_goes_away_is_waited_for_and_the_run_goes_on(site, line, place):
    site.change("admin.json}", f"admin.json, server: {line.url}}}")
    site.start()
    process = site.begin()
    told_until(process, named(*place))
    line.cut()
    told_until(process, lambda told: "see that it is up" in json.dumps(told))
    line.mend()
    check_it_ends_well(process, site)


def test_usage_that_cannot_be_read_is_told_once_with_since_when_and_once_when_it_can(site, line):
    site.change("admin.json}", f"admin.json, server: {line.url}}}")
    site.start()
    process = site.begin()
    told_until(process, named("consumer_reloaded", "report"))
    line.cut()
    (_, away) = told_until(process, named("usage_unread"))[-2:]
    assert "nobody can be asked who uses which secret" in away["message"], away
    words = " ".join(rekey("run", "explain", "-f", site.inventory).stdout.split())
    assert "usage could not be read since" in words, words
    shown = rekey("run", "show", "-f", site.inventory).stdout
    assert "nobody knows who uses which secret" in shown and "the run could not read it since" in shown, shown
    assert "in use by it" not in shown, shown
    assert json.loads(rekey("run", "show", "-f", site.inventory, "--json").stdout)["evidence"]["unread_since"]
    line.mend()
    again = told_until(process, named("usage_read_again"))
    assert [one["event"] for one in again].count("usage_unread") == 0
    assert "neither as quiet nor as silence" in again[-1]["message"]
    check_it_ends_well(process, site)


def test_a_store_that_forgets_what_it_acknowledged_is_found_out_and_written_anew(site):
    site.keep_by_program("forgets")
    site.start()
    process = site.begin()
    told_until(process, waits_with("still holds what it held before, though the write was acknowledged; see that it "
                                   "keeps what is written"))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert site.consumers["report"].value() == site.old
    assert "secret_activated" not in rekey("run", "show", "-f", site.inventory, "--events", "--json", ok=(3,)).stdout
    site.mood.write_text("well")
    rekey("run", "park", "-f", site.inventory, "--reason", "the store is mended")
    rekey("run", "resume", "-f", site.inventory, "--yes", timeout=240)
    site.stop()
    site.check_moved()


@pytest.mark.parametrize("mood", ["late", "lost"])
def test_a_store_that_answers_too_late_is_looked_at_before_it_is_written_again(site, mood):
    site.keep_by_program(mood)
    site.start()
    _, events = site.rotate()
    site.stop()
    site.check_moved()
    (failed,) = [event["message"] for event in events if event["event"] == "step_failed"]
    assert "did not end within 1s" in failed and "allow it a longer timeout" in failed
    dropped = [event for event in events if event["event"] == "intent_dropped"]
    assert len(dropped) == (mood == "lost"), "what took place is not done again"


def test_a_full_disk_while_a_file_is_edited_leaves_it_whole(site, small_disk):  # noqa: F811
    place = small_disk / "report.env"
    place.write_bytes(site.report.read_bytes())
    site.report.unlink()
    site.report.symlink_to(place)
    before = place.read_bytes()
    with open(small_disk / "filler", "wb", buffering=0) as filler:
        for size in (65536, 1):
            try:
                while True:
                    filler.write(b"x" * size)
            except OSError:
                pass
    site.start()
    process = site.begin()
    failed = told_until(process, named("step_failed"))[-1]["message"]
    assert "was not changed" in failed and "free space on the disk that holds it" in failed
    assert place.read_bytes() == before and os.listdir(small_disk).count("filler") == 1
    (small_disk / "filler").unlink()
    check_it_ends_well(process, site)
    assert os.listdir(small_disk) == ["report.env"]


def test_a_store_that_cuts_a_value_off_is_named_and_gets_an_accepted_one_back_once_it_is_mended(site):
    site.keep_by_program("cuts")
    parked = rekey("rotate", "-f", site.inventory, "--yes", ok=(3,), timeout=240)
    told = parked.stdout + parked.stderr
    assert "the place of report" in told and "damaged what the run wrote" in told
    assert "so did the value from before" in told and "somebody changed it" not in told
    assert site.old not in site.report.read_text() and site.old[:40] in site.report.read_text()
    site.mood.write_text("well")
    rekey("run", "abort", "-f", site.inventory, "--reason", "a test", timeout=240)
    assert site.old in site.report.read_text()
    assert [one["state"] for one in site.authority.json("secret", "list", site.client_id)["secrets"]
            if one["state"] in ("active", "staged")] == ["active"]


def test_a_consumer_that_never_reloads_keeps_the_old_secret_alive_and_is_named(site):
    site.start()
    stale = site.consumers["report"]
    stale.value = lambda: site.old  # it read its file once
    process = site.begin()
    told_until(process, waits_with("report: 0 of 1 instance seen on the new secret; last used the old one"))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert "the old one" in rekey("run", "explain", "-f", site.inventory, ok=(3,)).stdout
    assert site.authority.token(site.client_id, site.old, user_agent="report/1").status == 200
    del stale.value
    site.rotate()
    site.stop()
    site.check_moved()


def test_an_end_that_comes_nearer_than_the_plan_needs_stops_it(site):
    site.change("interval: 1s", "interval: 400d")
    said = rekey("rotate", "-f", site.inventory, "--yes", ok=(4,)).stderr
    assert "too late to begin; shorten intervals or reload timeouts" in said
    site.check_nothing_happened()


def test_one_inventory_that_is_started_twice_at_once_is_rotated_once(site):
    site.start()
    both = [site.begin(), site.begin()]
    said = "".join(process.communicate(timeout=120)[1] for process in both)
    site.stop()
    assert sorted(process.returncode for process in both) == [0, 4], said
    assert "at work in another process" in said and "its run goes on where it was" in said
    site.check_moved()


def test_a_copy_of_an_inventory_with_a_state_folder_of_its_own_leaves_the_open_run_alone(site):
    site.start()
    process = site.begin()
    told_until(process, named("secret_staged"))
    process.send_signal(signal.SIGSTOP)
    copy = site.folder / "copy" / "rekey.yaml"
    copy.parent.mkdir()
    copy.write_text(site.inventory.read_text().replace("path: ", "path: ../"))
    said = rekey("rotate", "-f", copy, "--yes", ok=(4,)).stderr
    assert "that is the name of a run: go on with it where its state folder is" in said
    process.send_signal(signal.SIGCONT)
    check_it_ends_well(process, site)


def test_a_value_with_a_trailing_newline_is_told_before_anything_begins(site):
    place = site.folder / "report.json"
    place.write_text(json.dumps({"secret": site.old + "\n"}))
    site.change("report.env, key: SFMC_CLIENT_SECRET", "report.json, key: secret")
    said = rekey("rotate", "-f", site.inventory, "--yes", ok=(4,)).stderr
    assert "report.json, secret" in said and "white space, such as a line's end: take that away" in said
    site.check_nothing_happened()


def test_a_place_of_another_environment_is_told_before_anything_begins(site):
    other = site.authority.create("Order sync, sandbox")["secret"]["value"]
    site.report.write_text(f"SFMC_CLIENT_SECRET={other}\n")
    said = rekey("rotate", "-f", site.inventory, "--yes", ok=(4,)).stderr
    assert f"is not accepted for {site.client_id}" in said and "is of this tenant and environment" in said
    assert site.report.read_text() == f"SFMC_CLIENT_SECRET={other}\n"


def test_a_place_that_holds_another_slots_secret_is_told_before_anything_begins(site):
    other = site.authority.json("secret", "stage", site.client_id, "--slot", "Zk9aQ1")["secret"]["value"]
    site.authority.run("secret", "activate", site.client_id, "--slot", "Zk9aQ1")
    site.report.write_text(f"SFMC_CLIENT_SECRET={other}\n")
    assert site.authority.token(site.client_id, other).status == 200, "accepted, as it is of the same client"
    said = rekey("rotate", "-f", site.inventory, "--yes", ok=(4,)).stderr
    assert "is accepted, and is of slot Zk9aQ1 instead of -" in said and "report" in said
    assert site.report.read_text() == f"SFMC_CLIENT_SECRET={other}\n"
    site.change(f"client_id: {site.client_id}", f"client_id: {site.client_id}, slot: Zk9aQ1")
    said = rekey("plan", "-f", site.inventory, ok=(4,)).stdout
    assert "is of slot - instead of Zk9aQ1" in said and "export" in said


def test_a_place_that_becomes_anothers_in_an_open_run_is_not_written(site):
    site.start()
    process = site.begin()
    told_until(process, named("secret_staged"))
    other = site.authority.create("Order sync, sandbox")["secret"]["value"]
    site.consumers["report"].stop()
    site.report.write_text(f"SFMC_CLIENT_SECRET={other}\n")
    _, said = process.communicate(timeout=60)
    site.consumers["export"].stop()
    assert process.returncode == 3 and "nothing was overwritten. Put the old value back (" in said
    assert str(site.report) in said and "rekey run abort" in said
    assert site.report.read_text() == f"SFMC_CLIENT_SECRET={other}\n"
    assert site.authority.token(site.client_id, site.old).status == 200
    site.check_nobody_was_refused()
