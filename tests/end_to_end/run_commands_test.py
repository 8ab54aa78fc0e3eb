"""rekey run …: what is told of runs, open and closed, and what a person says to an open one."""

import json
import re
import shlex
import signal
import subprocess

import pytest
from marketing_cloud_test import Terminal
from rotation_test import Site, run_until
from support import BINARY, find_canaries, rekey, wait_until


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
    told = [run(site, "resume", "--yes", ok=(4,)), run(site, "abort", "--reason", "a test", ok=(4,)),
            run(site, "park", "--reason", "a test", ok=(4,)), run(site, "approve", "--reason", "a test", "--plan", "0", ok=(4,)),
            run(site, "attest", "export", "--reason", "a test", ok=(4,))]
    assert len({one.stderr for one in told}) == 1 and "is open, and nothing was changed" in told[0].stderr, told
    assert "run list" in run(site, "show", "run-20261124-00000000", ok=(2,)).stderr
    assert [one["state"] for one in site.authority.json("secret", "list", site.client_id)["secrets"]] == ["active"]


def test_what_a_run_rests_on_and_is_not_there_is_a_refusal(site):
    waived = rekey("rotate", "-f", site.inventory, "--yes", "--waive", "export", "--reason", "a test", ok=(4,))
    assert "no run of" in waived.stderr and "nothing was begun" in waived.stderr
    text = site.inventory.read_text()
    site.inventory.write_text(text.replace(site.client_id, "a" * 24))
    unknown = rekey("plan", "-f", site.inventory, ok=(4,)).stderr
    assert "knows no client id " + "a" * 24 in unknown and "correct client_id" in unknown


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
    for text in ("1 of 2 consumers have it", "nobody works on it now", "rekey rotate",
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


def ask_for_approval(site):
    """Two waves, and somebody else's yes: rotated until only that is missing."""
    text = site.inventory.read_text()
    rules = "  approvals: 1\n  waves:\n    - {name: canary, consumers: [export], hold: 2s}\n    - {name: rest, consumers: [report]}\n"
    site.inventory.write_text(text.replace(f"integration: {{client_id: {site.client_id}}}\n",
                                           f"integration:\n  client_id: {site.client_id}\n{rules}"))
    site.start()
    return site.rotate(ok=(3,))[0].stderr


def test_an_approval_is_of_the_plan_that_was_shown(site):
    asked = ask_for_approval(site)
    plan = json.loads(rekey("plan", "-f", site.inventory, "--json").stdout)
    digest = plan["digest"]
    assert f"rekey run approve --plan {digest} --reason TEXT" in asked, asked
    assert [(one["name"], one["has_held"]) for one in plan["waves"]] == [("canary", True), ("rest", False)]
    untold = run(site, "approve", "--reason", "change 7", ok=(2,)).stderr
    assert f"rekey run approve --file {site.inventory} --reason 'change 7' --plan {digest}" in untold, untold
    assert "changed since" in run(site, "approve", "--plan", digest[:8], "--by", "omar", "--reason", "x", ok=(4,)).stderr
    asked = ("run", "approve", "-f", site.inventory, "--by", "omar", "--reason", "change 7")
    doubting = Terminal(*asked)
    shown_plan = doubting.read_until("[y/N]")
    assert f"Plan: {digest}" in shown_plan and f"Approve the plan {digest}" in shown_plan
    doubting.type("n")
    assert doubting.end() == 130
    assert shown(site, "show", ok=(3,))["approvals"] == {"needed": 1, "count": 0, "by": []}
    # Taking the question out of the inventory does not answer it.
    text = site.inventory.read_text()
    site.inventory.write_text(text.replace("  approvals: 1\n", ""))
    assert "approval of a second person" in site.rotate(ok=(3,))[0].stderr
    kept = "the run began with 1 approval; the inventory asks for 0: the run keeps 1"
    assert kept in rekey("plan", "-f", site.inventory).stdout
    assert kept in run(site, "show", ok=(3,)).stdout
    assert shown(site, "explain", ok=(3,))["kept_rules"] == [kept]
    site.inventory.write_text(text)
    # Who lets more pass asks for another plan.
    site.inventory.write_text(site.inventory.read_text() + "waivers:\n  - seen_as: {user_agent: forgotten/3}\n"
                              "    by: R. Meyer\n    reason: switched off\n")
    assert "inventory has changed" in run(site, "approve", "--plan", digest, "--by", "omar", "--reason", "x", ok=(4,)).stderr
    site.rotate(ok=(3,))
    sure = Terminal(*asked)
    assert "R. Meyer answers for it (switched off)" in sure.read_until("[y/N]")
    sure.type("y")
    assert sure.end() == 0, sure.seen
    table = run(site, "show", ok=(3,)).stdout
    assert ": 1 of 1, by omar" in table and "waves: canary has held; rest has moved" in table, table
    assert "still to come: the approval of the activation (1 of 1 is there); the activation" in table, table
    site.rotate()
    site.stop()
    site.check_done()


def test_a_word_that_counts_for_nothing_is_refused_and_one_that_is_not_needed_said_to_be_so(site):
    ask_for_approval(site)
    needless = run(site, "waive", "report", "--reason", "off", ok=(4,)).stderr
    assert "report needs no waiver, and none was kept" in needless, needless
    kept = run(site, "attest", "report", "--reason", "seen").stdout
    assert "is kept, but the run does not need it" in kept, kept
    # It goes back to what it held in its memory: usage sees it on the old secret.
    report = site.consumers["report"]
    report.value = lambda: site.old
    wait_until(lambda: shown(site, "show", ok=(3,))["evidence"]["consumers"][1]["verdict"] == "not_yet", "it to be seen on the old one")
    refused = run(site, "attest", "report", "--reason", "seen", ok=(4,)).stderr
    assert "counts for nothing now, and was not kept" in refused and "last used the old one" in refused, refused
    del report.value
    given_up = run(site, "abort", "--reason", "the wrong package").stdout
    assert "is given up" in given_up
    name = shown(site, "list")["runs"][0]["run"]
    table = run(site, "show", name).stdout
    assert "PUT BACK" in table and "VERDICT" not in table, table
    evidence = shown(site, "show", name)["evidence"]
    assert evidence["is_way_back"] and all(one["verdict"] is None and one["put_back_proven_at"] for one in evidence["consumers"])
    site.stop()
    assert set(site.values().values()) == {site.old}
    assert all(consumer.failures == [] for consumer in site.consumers.values())


def test_an_engine_at_work_is_asked_to_park_its_run_and_does(site):
    site.start()
    process = subprocess.Popen([BINARY, "rotate", "-f", str(site.inventory), "--yes", "--json"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for line in process.stdout:
        if json.loads(line)["event"] == "secret_staged":
            break
    refused = run(site, "abort", "--reason", "the wrong package", ok=(4,)).stderr
    assert "at work in another process" in refused and "run park" in refused
    assert "is parked by ann" in run(site, "park", "--reason", "not today", "--by", "ann").stdout
    _, said = process.communicate(timeout=60)
    assert process.returncode == 3 and "not today" in said
    run(site, "abort", "--reason", "the wrong package")
    site.stop()
    assert set(site.values().values()) == {site.old}
    assert all(consumer.failures == [] for consumer in site.consumers.values())


def test_an_open_run_that_the_inventory_does_not_lead_to_any_more_is_named(site):
    site.start()
    run_until(site, "secret_staged")
    text = site.inventory.read_text()
    site.inventory.write_text(text.replace(site.client_id, "a" * 24))
    (listed,) = shown(site, "list", ok=(3,))["runs"]
    assert (listed["integration"], listed["client_id"]) == (None, site.client_id)
    for command in (["run", "list"], ["run", "list", "--open"], ["status"]):
        said = rekey(*command, "-f", site.inventory, ok=(3,)).stderr
        assert listed["run"] in said and "Put its entry back" in said
    due = rekey("rotate", "-f", site.inventory, "--due", "--yes", ok=(3,)).stderr
    assert "Put its entry back" in due
    site.inventory.write_text(text)
    run(site, "abort", "--reason", "the wrong package")
    assert "Put its entry back" not in run(site, "list").stderr
    site.stop()


def test_an_engine_that_does_not_move_stays_asked_to_park(site):
    site.start()
    process = subprocess.Popen([BINARY, "rotate", "-f", str(site.inventory), "--yes", "--json"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for line in process.stdout:
        if json.loads(line)["event"] == "secret_staged":
            break
    process.send_signal(signal.SIGSTOP)  # it is there, and does not move meanwhile
    assert "at work" in run(site, "resume", "--yes", ok=(4,)).stderr
    working = shown(site, "explain")
    assert working["worked_on"] and working["unblocks"] is None
    assert "settle time" in working["waits_for"]
    asked = run(site, "park", "--reason", "a test", ok=(4,)).stderr
    assert "was asked to park" in asked and "Ctrl-C" in asked
    process.send_signal(signal.SIGCONT)
    process.communicate(timeout=60)
    assert process.returncode == 3
    assert shown(site, "show", ok=(3,))["parked"]["reason"].split(": ")[1].startswith("a test.")
    run(site, "abort", "--reason", "the wrong package")
    site.stop()
    assert set(site.values().values()) == {site.old}
    assert all(consumer.failures == [] for consumer in site.consumers.values())
    assert [one["phase"] for one in shown(site, "list")["runs"]] == ["GivenUp"]
    assert "the wrong package" in shown(site, "explain", shown(site, "list")["runs"][0]["run"])["stands"]


def commands_in(text):
    return [shlex.split(command)[1:] for command in re.findall(r"`(rekey [^`]*)`", text)]


def test_a_command_that_is_printed_works_where_it_is_pasted(site):
    text = site.inventory.read_text().replace("proof:", "    proof:")
    head, consumers = text.split("consumers:\n")
    issuer = f"{{kind: rekey, credential: {site.authority.data / 'admin.json'}}}"
    entry = "".join(f"    {line}\n" for line in consumers.splitlines())
    site.inventory.write_text(
        f"version: 1\nissuers:\n  here: {issuer}\nintegrations:\n  - name: Order sync\n    client_id: {site.client_id}\n"
        f"    approvals: 1\n    approvers: [O. Lind, cleo]\n    proof: {{requests: 2, span: 500ms}}\n    consumers:\n{entry}"
        "  - name: Another\n")
    site.start()
    about = ("-f", site.inventory, "-i", "Order sync")
    asked = rekey("rotate", *about, "--yes", ok=(3,), timeout=240)
    for told in (asked.stderr + asked.stdout, rekey("run", "show", *about, ok=(3,)).stdout,
                 rekey("run", "explain", *about, ok=(3,)).stdout, rekey("run", "card", *about).stdout):
        approvals = [command for command in commands_in(told) if command[:2] == ["run", "approve"]]
        assert approvals and all("--plan" in one and one[one.index("--by") + 1] == "O. Lind" for one in approvals), told
        for command in commands_in(told):
            assert command[command.index("-i") + 1] == "Order sync" and str(site.inventory) in command, command
    (run,) = json.loads(rekey("run", "list", "-f", site.inventory, "--json", ok=(3,)).stdout)["runs"]
    named = commands_in(rekey("run", "show", run["run"], "-f", site.inventory, ok=(3,)).stdout)
    assert named and all("Order sync" in command for command in named), named
    left = rekey("rotate", "-f", site.inventory, "--due", "--yes", "--lead", "400d", ok=(3,)).stderr
    assert "--plan" in left and "-i 'Order sync'" in left, left
    assert "is not started" in left
    said = rekey(*approvals[0]).stdout
    (again,) = commands_in(said)
    rekey(*again, "--yes", timeout=240)
    site.stop()
    site.check_done()


def test_a_name_that_is_not_known_is_a_wrong_command_line(site):
    text = site.inventory.read_text()
    site.inventory.write_text(text.replace("admin.json", "gone.json"))
    said = rekey("plan", "-f", site.inventory, ok=(5,)).stderr
    assert "gone.json" in said and "mend the credential of the issuer" in said, said
    site.inventory.write_text(text)
    site.start()
    run_until(site, "secret_staged")
    for command in ("attest", "waive"):
        said = run(site, command, "exprot", "--reason", "x", ok=(2,)).stderr
        assert "has no consumer exprot; it has export, report; did you mean export?" in said, said
    assert "did you mean" not in run(site, "attest", "nobody", "--reason", "x", ok=(2,)).stderr
    assert "has no integration nobody" in rekey("plan", "-f", site.inventory, "-i", "nobody", ok=(2,)).stderr
    site.stop()


def test_what_a_reload_command_said_is_told_and_no_secret_of_it(site):
    failing = site.folder / "reload"
    failing.write_text("#!/bin/sh\ncat export.env\necho \"$(cat $1)\" >&2\nexit 3\n")
    failing.chmod(0o755)
    words = site.folder / "words"
    words.write_text("Unit export.service not found.\n")
    site.write_inventory()
    site.inventory.write_text(site.inventory.read_text().replace(
        "    reload: per_call\n", f"    reload: {{command: [{failing}, {words}]}}\n", 1))
    site.start()
    process = subprocess.Popen([BINARY, "rotate", "-f", site.inventory, "--yes", "--json"], stdout=subprocess.PIPE, text=True)
    try:
        for line in process.stdout:
            if "ended with exit code 3" in line:
                break
        assert 'its last line is \\"Unit export.service not found.\\"' in line, line
        words.write_text(site.consumers["export"].value())
        for line in process.stdout:
            if "holds a part of a secret" in line:
                break
        assert "its last line is not shown" in line, line
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    failing.write_text("#!/bin/sh\nexit 0\n")
    site.rotate()
    site.stop()
    site.check_done()
    everything = b"".join(path.read_bytes() for path in (site.folder / ".rekey").rglob("*") if path.is_file())
    assert not find_canaries(everything, site.authority.canaries)
