"""`rekey inventory coverage`, and the plan that refuses: places that hold a secret and that no consumer covers."""

import base64
import json
import os
import subprocess
import time

import pytest
from rotation_test import Site
from support import BINARY, SOURCE, find_canaries, rekey

KUBERNETES = "kind: Secret\ndata:\n  client_secret: {}\n"


@pytest.fixture
def site(authority, tmp_path):
    """A package with two consumers, whose files lie in a folder that is a root of discovery."""
    authority.run("policy", "set", "settle=1s", "overlap=0")
    folder = tmp_path / "code"
    folder.mkdir()
    one = Site(authority, folder, authority.create())
    one.declare()
    return one


Site.declare = lambda self, *lines: self.write_inventory(more="discovery:\n  roots: [.]\n" + "".join(f"  {line}\n" for line in lines))


def coverage(site, *arguments, ok=(0,)):
    """What is told, by state, and the certificate; nothing of it holds a value."""
    done = rekey("inventory", "coverage", "-f", site.inventory, *arguments, "--json", ok=ok)
    text = rekey("inventory", "coverage", "-f", site.inventory, *arguments, ok=ok)
    for words in (done.stdout, done.stderr, text.stdout, text.stderr):
        assert not find_canaries(words.encode(), site.authority.canaries)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[-1]["type"] == "coverage"
    states = {}
    for line in lines[:-1]:
        states.setdefault(line["state"], []).append(line)
    return states, lines[-1]


def plan(site, ok=(0,)):
    return json.loads(rekey("plan", "-f", site.inventory, "--json", ok=ok).stdout)


def kubernetes(site, value=None):
    (site.folder / "k8s.yaml").write_text(KUBERNETES.format(base64.b64encode((value or site.old).encode()).decode()))


def git(folder, *arguments):
    subprocess.run(["git", "-C", folder, "-c", "user.name=Ann", "-c", "user.email=ann@example.org", *arguments], check=True,
                   capture_output=True)


def test_what_every_consumer_holds_is_covered(site):
    states, certificate = coverage(site)
    assert set(states) == {"covered"} and certificate["is_complete"]
    assert {line["consumer"] for line in states["covered"]} == {"export", "report"}
    assert plan(site)["search"]["uncovered"] == []


def test_an_encoded_copy_that_nobody_declared_is_told_and_stops_the_plan(site):
    kubernetes(site)
    states, _ = coverage(site, ok=(3,))
    (line,) = states["uncovered"]
    assert line["where"] == f"{site.folder}/k8s.yaml:3, data.client_secret, base64" and line["consumer"] is None
    assert line["finding"]["path"] == f"{site.folder}/k8s.yaml" and line["finding"]["is_rewritable"]
    refused = plan(site, ok=(4,))
    assert not refused["runnable"] and refused["search"]["uncovered"] == [line["where"]]
    assert "k8s.yaml:3" in refused["problems"][0] and "not_consumers" in refused["problems"][0]
    done, _ = site.rotate(ok=(4,))
    assert "k8s.yaml:3" in done.stderr and set(site.values().values()) == {site.old}
    assert len(site.authority.json("secret", "list", site.client_id)["secrets"]) == 1
    soon = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 20 * 24 * 3600))
    text = site.inventory.read_text()
    site.inventory.write_text(text.replace(f"client_id: {site.client_id}", f"client_id: {site.client_id}, expires_at: {soon}"))
    due = rekey("rotate", "-f", site.inventory, "--due", "--yes", "--json", ok=(4,))
    assert "k8s.yaml:3" in due.stdout + due.stderr


def test_a_copy_that_somebody_answers_for_is_let_be_and_written_down(site):
    kubernetes(site)
    before = plan(site, ok=(4,))["digest"]
    site.declare("not_consumers: [{path: k8s.yaml, by: R. Meyer, reason: the cluster is switched off}]")
    states, _ = coverage(site)
    (line,) = states["let_be"]
    assert line["let_be"] == {"path": f"{site.folder}/k8s.yaml", "by": "R. Meyer", "reason": "the cluster is switched off"}
    planned = plan(site)
    assert planned["digest"] != before  # an approval of the one is none of the other
    assert planned["not_consumers"] == [line["let_be"]] and planned["search"]["let_be"] == [line["where"]]
    text = rekey("plan", "-f", site.inventory).stdout
    assert "R. Meyer answers for it (the cluster is switched off)" in text and "let be" in text
    site.start()
    site.rotate()
    site.stop()
    site.check_done()
    report = json.loads(rekey("report", "-f", site.inventory, "--json").stdout)
    assert report["run"]["copies_let_be"] == [line["let_be"]]
    # What stood there is an old secret now: nobody's by its value, and without a client id beside it nobody's at all.
    assert set(coverage(site)[0]) == {"covered"}


def test_an_entry_for_a_folder_speaks_of_all_below_it_and_of_nothing_beside_it(site):
    (site.folder / "old").mkdir()
    (site.folder / "older").mkdir()
    for name in ("old/a.txt", "old/b.txt", "older/c.txt"):
        (site.folder / name).write_text(f"it was {site.old}\n")
    site.declare("not_consumers: [{path: old, by: ann, reason: an archive}]")
    states, _ = coverage(site, ok=(3,))
    assert len(states["let_be"]) == 2
    assert [line["finding"]["path"] for line in states["uncovered"]] == [f"{site.folder}/older/c.txt"]


def test_what_ignore_rules_leave_out_is_read_all_the_same(site):
    git(site.folder, "init", "-q")
    (site.folder / ".gitignore").write_text("*.env\n*.local\n")
    (site.folder / "copy.local").write_text(f"SECRET={site.old}\n")
    states, _ = coverage(site, ok=(3,))
    assert [line["finding"]["path"] for line in states["uncovered"]] == [f"{site.folder}/copy.local"]


def test_what_only_the_past_of_a_repository_holds_is_exposed_and_stops_nothing(site):
    git(site.folder, "init", "-q")
    (site.folder / "notes.txt").write_text(f"it is {site.old}\n")
    git(site.folder, "add", "notes.txt")
    git(site.folder, "commit", "-q", "-m", "notes")
    states, _ = coverage(site, ok=(3,))
    assert len(states["uncovered"]) == 1 and "exposed" not in states
    git(site.folder, "rm", "-q", "notes.txt")
    git(site.folder, "commit", "-q", "-m", "no notes")
    states, _ = coverage(site)
    assert [line["finding"]["revision"]["standing"] for line in states["exposed"]] == ["history"]
    planned = plan(site)
    assert planned["runnable"] and planned["search"]["exposed"] == [states["exposed"][0]["where"]]


def test_a_consumer_whose_place_moved_or_holds_another_value_is_told(site):
    (site.folder / "export.env").rename(site.folder / "export.env.new")
    states, _ = coverage(site, ok=(3,))
    assert [line["consumer"] for line in states["gone"]] == ["export"]
    assert [line["finding"]["path"] for line in states["uncovered"]] == [f"{site.folder}/export.env.new"]
    (site.folder / "export.env.new").rename(site.folder / "export.env")
    other = site.authority.json("secret", "stage", site.client_id)["secret"]["value"]
    (site.folder / "third.env").write_text(f"SFMC_CLIENT_SECRET={site.old}\n")
    (site.folder / "export.env").write_text(f"# export\nSFMC_CLIENT_SECRET=\"{other}\"\nOTHER=1\n")
    site.write_inventory(names=("report", "export"), more="""\
  - name: third
    sink: {kind: file, path: third.env, key: SFMC_CLIENT_SECRET}
    reload: per_call
    seen_as: {user_agent: third/1}
discovery: {roots: [.]}
""")
    states, _ = coverage(site, ok=(3,))
    assert [line["consumer"] for line in states["other_value"]] == ["export"]
    assert {line["consumer"] for line in states["covered"]} == {"report", "third"} and "uncovered" not in states


def test_the_name_of_a_file_forges_no_line_and_what_was_left_out_is_told(site):
    (site.folder / "a\nexport  covered\u202e.txt").write_text(f"it is {site.old}\n")
    (site.folder / "link").symlink_to("export.env")
    name = "a\\u{A}export  covered\\u{202E}.txt:1"
    done = rekey("inventory", "coverage", "-f", site.inventory, ok=(3,)).stdout
    assert f"{site.folder}/{name}" in done and "\nexport" not in done and "\u202e" not in done
    assert "left out: 1 symbolic links" in done
    planned = rekey("plan", "-f", site.inventory, ok=(4,)).stdout
    assert name in planned and "\nexport" not in planned and "\u202e" not in planned
    assert any(name in problem for problem in plan(site, ok=(4,))["problems"])


def test_another_value_in_the_past_of_a_repository_is_exposed(site):
    git(site.folder, "init", "-q")
    other = site.old[:-12] + site.old[-12:].swapcase()[::-1]
    (site.folder / "legacy.json").write_text(json.dumps({"client_id": site.client_id, "client_secret": other}))
    git(site.folder, "add", "legacy.json")
    git(site.folder, "commit", "-q", "-m", "legacy")
    assert len(coverage(site, ok=(3,))[0]["other_value"]) == 1
    git(site.folder, "rm", "-q", "legacy.json")
    git(site.folder, "commit", "-q", "-m", "no legacy")
    states, _ = coverage(site)
    (line,) = states["exposed"]
    assert line["finding"]["revision"]["standing"] == "history" and line["why"] == "an old secret, or one that differs"
    assert "other_value" not in states


def test_the_file_that_a_program_writes_is_its_consumers(site):
    store = site.folder / "store"
    store.write_text(f"SECRET={site.old}\nOTHER=1\n")
    program = SOURCE / "examples/exec-sink/secrets-file"

    def declare(more):
        site.write_inventory(more=f"""\
  - name: program
    sink: {{kind: exec, command: [{program}, {store}, SECRET]{more}}}
    reload: per_call
    seen_as: {{user_agent: program/1}}
discovery: {{roots: [.]}}
""")
    declare("")
    assert [line["finding"]["path"] for line in coverage(site, ok=(3,))[0]["uncovered"]] == [str(store)]
    declare(", file: ./store")
    assert set(coverage(site)[0]) == {"covered"} and plan(site)["search"]["uncovered"] == []
    (site.folder / "beside").write_text(f"SECRET={site.old}\n")
    assert len(plan(site, ok=(4,))["search"]["uncovered"]) == 1


def test_another_value_beside_the_client_id_is_told_apart(site):
    old = site.old[:-12] + site.old[-12:].swapcase()
    (site.folder / "legacy.json").write_text(json.dumps({"client_id": site.client_id, "client_secret": old[:5] + old[5:][::-1]}))
    states, _ = coverage(site, ok=(3,))
    assert [line["finding"]["path"] for line in states["other_value"]] == [f"{site.folder}/legacy.json"]
    assert plan(site)["runnable"]  # it is not what is replaced


def test_links_and_other_spellings_of_a_place_are_one_and_another_name_of_the_file_is_not(site, tmp_path):
    (tmp_path / "link").symlink_to(site.folder)
    site.write_inventory(more=f"discovery: {{roots: [{tmp_path / 'link'}/../link/.]}}\n")
    assert set(coverage(site)[0]) == {"covered"}
    assert set(coverage(site, tmp_path / "link")[0]) == {"covered"}
    # An exchange of the file leaves its other name with the old value.
    os.link(site.folder / "export.env", site.folder / "twin.env")
    states, _ = coverage(site, ok=(3,))
    assert [line["finding"]["path"].rsplit("/", 1)[1] for line in states["uncovered"]] == ["twin.env"]


def test_another_key_of_a_covered_file_is_not_covered(site):
    path = site.folder / "export.env"
    path.write_text(path.read_text() + f"BACKUP={site.old}\n")
    states, _ = coverage(site, ok=(3,))
    assert [line["finding"]["key_path"] for line in states["uncovered"]] == ["BACKUP"]


def test_what_could_not_be_read_is_no_proof_and_the_plan_warns_of_it(site):
    archive = site.folder / "backup.zip"
    archive.write_bytes(b"PK\x03\x04" + b"\x00" * 60)
    states, certificate = coverage(site, ok=(1,))
    assert not certificate["is_complete"] and set(states) == {"covered"}
    planned = plan(site)
    assert planned["runnable"] and not planned["search"]["is_complete"]
    assert any("backup.zip" in warning for warning in planned["warnings"])


def test_without_roots_the_plan_says_that_nobody_has_looked(site):
    kubernetes(site)
    site.write_inventory()
    assert plan(site)["search"] is None
    assert "no roots are declared under discovery" in rekey("plan", "-f", site.inventory).stdout
    said = rekey("inventory", "coverage", "-f", site.inventory, ok=(2,)).stderr
    assert "discovery: {roots: [..]}" in said
    assert len(coverage(site, site.folder, ok=(3,))[0]["uncovered"]) == 1


def test_a_root_that_is_not_there_stops_the_plan(site):
    site.write_inventory(more="discovery: {roots: [./gone]}\n")
    assert "gone" in plan(site, ok=(4,))["problems"][0]
    rekey("inventory", "coverage", "-f", site.inventory, ok=(5,))


def test_a_rehearsal_searches_nothing(site):
    kubernetes(site)
    rekey("rehearse", "-f", site.inventory)


def test_what_is_wrong_in_discovery_is_told_with_its_place(site):
    site.write_inventory(more="discovery: {root: [.], not_consumers: [{path: x}]}\n")
    said = rekey("inventory", "check", "-f", site.inventory, ok=(2,)).stderr
    for words in ("unknown key root in discovery; did you mean roots?", "discovery lacks the key roots",
                  "a place in not_consumers lacks the key by", "a place in not_consumers lacks the key reason"):
        assert words in said


def known(site, *arguments, ok=(3,)):
    """{file: (source, state)} of what a scan knows by the inventory alone."""
    done = rekey("scan", "--known", "-f", site.inventory, site.folder, "--json", *arguments, ok=ok)
    assert not find_canaries((done.stdout + done.stderr).encode(), site.authority.canaries)
    lines = [json.loads(line) for line in done.stdout.splitlines()][:-1]
    return {line["path"].removeprefix(f"{site.folder}/"): (line["known_secret"]["source"], line["known_secret"]["state"])
            for line in lines}


def test_what_passed_through_a_run_is_found_when_it_is_long_erased(site):
    kubernetes(site)
    site.write_inventory()
    assert known(site) == {name: ("inventory", "held") for name in ("export.env", "report.env", "k8s.yaml")}
    site.start()
    site.rotate()
    site.stop()
    site.check_done()
    assert known(site) == {"export.env": ("runs", "active"), "report.env": ("runs", "active"), "k8s.yaml": ("runs", "ended")}
    text = rekey("scan", "--known", "-f", site.inventory, site.folder, ok=(3,)).stdout
    assert "ended by a rotation" in text


def test_a_value_that_the_server_and_the_inventory_know_is_told_once(site):
    kubernetes(site)
    done = site.authority.run("scan", "--known", "-f", site.inventory, site.folder, "--json", ok=(3,))
    found = [json.loads(line) for line in done.stdout.splitlines()][:-1]
    assert sorted((line["path"].removeprefix(f"{site.folder}/"), line["known_secret"]["source"]) for line in found) == [
        (name, "authority") for name in ("export.env", "k8s.yaml", "report.env")]


def certificate_of_known(site, program, ok):
    return json.loads(program("scan", "--known", "-f", site.inventory, site.folder, "--json", ok=ok).stdout.splitlines()[-1])


def test_a_place_that_cannot_be_read_is_no_proof_for_known_secrets(site):
    site.write_inventory()
    place = site.folder / "export.env"
    place.unlink()
    place.mkdir()
    told = certificate_of_known(site, rekey, ok=(1,))
    (problem,) = told["problems"]
    assert not told["is_complete"] and "export.env" in problem["where"] and "export" in problem["where"]
    assert "not looked for" in problem["detail"]


def test_an_integration_of_which_no_value_is_known_is_no_proof(site):
    site.write_inventory()
    for name in ("export.env", "report.env"):
        (site.folder / name).unlink()
    told = certificate_of_known(site, rekey, ok=(1,))
    (problem,) = told["problems"]
    assert problem["reason"] == "missing" and "not looked for" in problem["detail"]
    assert certificate_of_known(site, site.authority.run, ok=(0,))["is_complete"]


def test_an_entry_that_lets_nothing_be_is_told(site):
    (site.folder / "old").mkdir()
    site.declare("not_consumers:", "  - {path: olt, by: ann, reason: an archive}", "  - {path: old, by: ann, reason: an archive}",
                 f"  - {{path: {site.folder.parent}/beside, by: ann, reason: an archive}}")
    (site.folder.parent / "beside").mkdir()
    said = rekey("inventory", "coverage", "-f", site.inventory).stderr
    assert [why in line for why, line in zip(("nothing is there", "no secret of this inventory was found there",
                                              "it lies below none of the roots"), said.splitlines(), strict=True)] == [True] * 3
    told = [warning for warning in plan(site)["warnings"] if "not_consumers" in warning]
    assert len(told) == 2 and f"{site.folder}/olt" in told[0] and "beside" in told[1]
    (site.folder / "old/a.txt").write_text(f"it was {site.old}\n")
    assert f"{site.folder}/old " not in rekey("inventory", "coverage", "-f", site.inventory).stderr


def test_a_plan_speaks_of_entries_for_its_own_integration(site):
    site.declare("not_consumers: [{path: olt, by: ann, reason: an archive}]")
    (warning,) = [one for one in plan(site)["warnings"] if "not_consumers" in one]
    assert "lets nothing be for this integration" in warning and "unless another integration needs it" in warning
    assert "for this integration" not in rekey("inventory", "coverage", "-f", site.inventory).stderr


def test_warnings_come_after_the_table_where_both_go_to_one_file(site):
    for number in range(120):
        (site.folder / f"copy{number}.txt").write_text(f"it was {site.old}\n")
    site.declare("not_consumers: [{path: olt, by: ann, reason: an archive}]")
    done = subprocess.run([BINARY, "inventory", "coverage", "-f", site.inventory], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.stdout.splitlines()[-1].startswith("warning: ") and done.stdout.count("warning: ") == 1
    assert done.stdout.count("NOT COVERED") == 120


def test_a_comment_that_allows_a_line_for_a_scan_lets_no_place_of_the_secret_be(site):
    (site.folder / "more.env").write_text(f"CLIENT_SECRET={site.old}  # rekey:allow the manual's example\n")
    assert "nothing found" in rekey("scan", site.folder / "more.env").stdout
    states, _ = coverage(site, ok=(3,))
    assert [line["finding"]["path"] for line in states["uncovered"]] == [f"{site.folder}/more.env"]
    assert "more.env" in plan(site, ok=(4,))["problems"][0]


def test_versions_of_a_file_in_the_past_are_one_line_for_people(site):
    git(site.folder, "init", "-q")
    git(site.folder, "commit", "-q", "--allow-empty", "-m", "first")
    for number in range(3):
        (site.folder / "lost.env").write_text(f"SFMC_CLIENT_SECRET={site.old}\nNUMBER={number}\n")
        git(site.folder, "add", "lost.env")
        git(site.folder, "commit", "-q", "-m", "lost")
        git(site.folder, "reset", "-q", "--hard", "HEAD~1")
    git(site.folder, "reflog", "expire", "--expire=now", "--all")
    done = rekey("inventory", "coverage", "-f", site.inventory).stdout
    assert done.count("lost.env@dangling:1") == 1
    states, _ = coverage(site)
    assert len(states["exposed"]) == 3


def test_an_inventory_without_integrations_covers_nothing(tmp_path):
    (tmp_path / "rekey.yaml").write_text(
        f'version: 1\nissuers: {{ours: {{kind: rekey, credential: admin.json}}}}\n'
        f'discovery: {{roots: ["{tmp_path}"]}}\nintegrations: []\n')
    assert "no secret to look for" in rekey("inventory", "coverage", "-f", tmp_path / "rekey.yaml", ok=(2,)).stderr
