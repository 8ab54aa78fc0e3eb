"""rekey run …: what is told of runs, open and closed, and what a person says to an open one."""

import json
import signal
import subprocess

import pytest
from rotation_test import Site, run_until
from support import BINARY, find_canaries, rekey


@pytest.fixture
def site(authority, tmp_path):
    authority.run("policy", "set", "settle=1s", "overlap=0")
    return Site(authority, tmp_path, authority.create())


def run(site, command, *arguments, **options):
    done = rekey("run", command, "-f", site.inventory, *arguments, timeout=240, **options)
    assert not find_canaries((done.stdout + done.stderr).encode(), site.authority.canaries)
    return done


def shown(site, command, *arguments, **options):
    return json.loads(run(site, command, *arguments, "--json", **options).stdout)


def test_before_any_run_there_is_nothing_to_tell_and_nothing_to_go_on_with(site):
    assert "no run was ever begun" in run(site, "list").stdout
    assert shown(site, "list") == {"runs": []}
    for command in ("show", "explain"):
        assert "no run is open" in run(site, command).stdout
        assert shown(site, command) == {"run": None}
    assert "nothing was begun" in run(site, "resume", "--yes", ok=(1,)).stderr
    assert "no run" in run(site, "abort", "--reason", "a test", ok=(1,)).stderr
    assert "no run" in run(site, "park", "--reason", "a test", ok=(1,)).stderr
    assert "run list" in run(site, "show", "run-20261124-00000000", ok=(1,)).stderr
    assert [one["state"] for one in site.authority.json("secret", "list", site.client_id)["secrets"]] == ["active"]


def test_an_open_run_is_told_and_resumed_and_stays_known_when_it_is_closed(site):
    site.start()
    run_until(site, "consumer_reloaded")
    (listed,) = shown(site, "list", "--open", ok=(3,))["runs"]
    assert (listed["phase"], listed["waits_for"], listed["closed_at"]) == ("Propagating", "a start", None)
    table = run(site, "show", ok=(3,)).stdout
    head = table.splitlines()[1]
    for heading in ("CONSUMER", "WRITTEN", "READ BACK", "RELOADED", "SEEN ON NEW", "LAST ON OLD", "INSTANCES", "VERDICT"):
        assert heading in head
    assert "interrupted: nobody works on it" in table and "the issuer's usage, as of" in table
    both = shown(site, "show", ok=(3,))
    export, report = both["evidence"]["consumers"]
    assert both["evidence"]["source"] == "usage" and both["needs_person"]
    assert export["written_at"] and export["read_back_at"] and export["reloaded_at"]
    assert report["last_on_old"] and not report["reloaded_at"] and report["verdict"] == "not_yet"
    words = run(site, "explain", ok=(3,)).stdout
    words = " ".join(words.split())
    for text in ("1 of 2 consumers have it and use it", "nobody works on it now", "rekey rotate",
                 "the activation (it ends the old secret)", "puts back what export"):
        assert text in words, words
    # The kill came before the next intent, or after it.
    assert "written for report" in words or "write report" in words, words
    run(site, "resume", "--yes")
    site.stop()
    site.check_done()
    assert "no run is open" in run(site, "list", "--open").stdout
    (listed,) = shown(site, "list")["runs"]
    assert listed["phase"] == "Closed" and listed["closed_at"] and listed["waits_for"] is None
    closed = shown(site, "show", listed["run"], "--events")
    assert closed["evidence"]["source"] == "gate" and closed["closed_at"] == listed["closed_at"]
    assert {one["verdict"] for one in closed["evidence"]["consumers"]} <= {"seen", "quiet"}
    names = [event["event"] for event in closed["events"]]
    assert names[0] == "run_planned" and names[-1] == "run_closed" and "gate_passed" in names
    assert "the run is closed" in run(site, "show", listed["run"], "--events").stdout
    assert "it is over" in shown(site, "explain", listed["run"])["stands"]


def test_what_a_person_parked_stays_so_until_it_is_resumed(site):
    site.start()
    run_until(site, "secret_staged")
    before = site.values()
    said = run(site, "park", "--reason", "no changes before Monday", "--by", "ann").stdout
    assert "parked by ann" in said and "the old secret: it works" in said
    assert "already" in run(site, "park", "--reason", "again", ok=(4,)).stderr
    for arguments in ((), ("--due",)):
        told = rekey("rotate", "-f", site.inventory, "--yes", *arguments, ok=(3,))
        assert "parked by ann: no changes before Monday" in told.stderr + told.stdout
        assert "rekey run resume" in told.stderr + told.stdout
    assert site.values() == before
    assert [one["waits_for"] for one in shown(site, "list", ok=(3,))["runs"]] == ["resume"]
    assert shown(site, "show", ok=(3,))["parked"]["by"] == "ann"
    assert "rekey run resume" in shown(site, "explain", ok=(3,))["unblocks"]
    done = run(site, "resume", "--yes")
    site.stop()
    site.check_done()
    assert "goes on" in done.stdout


def test_a_run_is_not_parked_under_an_engine_that_works_on_it(site):
    site.start()
    process = subprocess.Popen([BINARY, "rotate", "-f", str(site.inventory), "--yes", "--json"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for line in process.stdout:
        if json.loads(line)["event"] == "secret_staged":
            break
    process.send_signal(signal.SIGSTOP)  # it is there, and does not move meanwhile
    assert "Ctrl-C" in run(site, "park", "--reason", "a test", ok=(4,)).stderr
    assert "at work" in run(site, "resume", "--yes", ok=(4,)).stderr
    working = shown(site, "explain")
    assert working["worked_on"] and working["unblocks"] is None
    assert "settle time" in working["waits_for"]
    process.send_signal(signal.SIGCONT)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    run(site, "park", "--reason", "a test")
    run(site, "abort", "--reason", "the wrong package")
    site.stop()
    assert set(site.values().values()) == {site.old}
    assert all(consumer.failures == [] for consumer in site.consumers.values())
    assert [one["phase"] for one in shown(site, "list")["runs"]] == ["GivenUp"]
    assert "the wrong package" in shown(site, "explain", shown(site, "list")["runs"][0]["run"])["stands"]
