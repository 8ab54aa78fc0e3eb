"""`rekey scan --known`: every secret that the authority knows is found wherever it stands, and said to be which one."""

import base64
import json
import sqlite3
import subprocess
import tarfile
from datetime import datetime, timedelta, timezone

import pytest
from support import find_canaries, rekey


def scan(authority, *arguments, **options):
    """Runs the scan; no value that the test has seen may be in what it prints."""
    done = authority.run("scan", "--known", *arguments, **options)
    assert not find_canaries((done.stdout + done.stderr).encode(), authority.canaries)
    return done


def places(authority, root, *arguments, ok=(3,)):
    """{path below root: (secret id, state, encodings)} of what is found, and the certificate."""
    done = scan(authority, root, "--json", *arguments, ok=ok)
    *lines, coverage = [json.loads(line) for line in done.stdout.splitlines()]
    found = {}
    for line in lines:
        assert line["detector"] == "known-secret"
        known = line["known_secret"]
        name = "/".join([line["path"].removeprefix(f"{root}/"), *line["inside"]])
        found[name] = (known["secret_id"], known["state"], line["layers"])
    return found, coverage


@pytest.fixture
def secrets(authority, tmp_path):
    """One issued and one imported, and the first's successor, staged and activated: (id, value) each."""
    class Secrets:
        pass
    one = Secrets()
    created = authority.create("Order sync")
    one.client_id = created["integration"]["client_id"]
    one.old = created["secret"]["id"], created["secret"]["value"]
    value = "Ab3" * 8
    (tmp_path / "legacy").write_text(value)
    authority.canaries.add(value)
    generated = (datetime.now(timezone.utc) - timedelta(days=100)).strftime("%Y-%m-%dT%H:%M:%SZ")
    imported = authority.json("package", "create", "Legacy", "--scope", "email_send", "--import", tmp_path / "legacy",
                              "--generated-at", generated)
    one.imported = imported["secret"]["id"], value
    staged = authority.json("secret", "stage", one.client_id)["secret"]
    authority.run("secret", "activate", one.client_id)
    one.new = staged["id"], staged["value"]
    (tmp_path / "legacy").unlink()
    return one


def base64_of(content):
    return base64.b64encode(content if isinstance(content, bytes) else content.encode()).decode()


def test_each_secret_is_found_in_every_form_and_said_to_be_which(authority, secrets, tmp_path):
    root = tmp_path / "code"
    root.mkdir()
    (root / "app.env").write_text(f"A={secrets.new[1]}\n")
    (root / "notes.txt").write_text(f"it was {secrets.imported[1]}, I think\n")
    (root / "k8s.yaml").write_text(f"kind: Secret\ndata:\n  x: {base64_of(secrets.old[1])}\n")
    # A file that is no text, as an attachment has it.
    (root / "mail.txt").write_text(base64_of(bytes(range(256)) + secrets.new[1].encode() + bytes(range(256))) + "\n")
    (root / "windows.ini").write_bytes(f"a={secrets.imported[1]}\r\n".encode("utf-16"))
    (root / "other.env").write_text("CLIENT_SECRET=" + "Zy9" * 8 + "\n")
    with tarfile.open(root / "backup.tar.gz", "w:gz") as archive:
        archive.add(root / "app.env", "etc/app.env")
    found, coverage = places(authority, root)
    assert found == {
        "app.env": (secrets.new[0], "active", []),
        "notes.txt": (secrets.imported[0], "active", []),
        "k8s.yaml": (secrets.old[0], "superseded", ["base64"]),
        "mail.txt": (secrets.new[0], "active", ["base64"]),
        "windows.ini": (secrets.imported[0], "active", ["utf-16"]),
        "backup.tar.gz/etc/app.env": (secrets.new[0], "active", [])}
    assert coverage["is_complete"]
    table = scan(authority, root, ok=(3,)).stdout
    assert f"Order sync, client id {secrets.client_id}, {secrets.new[0]}: active, accepted, 179 days left" in table \
        or f"Order sync, client id {secrets.client_id}, {secrets.new[0]}: active, accepted, 180 days left" in table
    assert "superseded, accepted, " in table and "Legacy, client id" in table and "found: 6" in table


def test_one_that_has_ended_is_found_and_said_to_have_ended(authority, secrets, tmp_path):
    authority.run("secret", "revoke", secrets.client_id, secrets.old[0], "--reason", "it was leaked")
    (tmp_path / "a.txt").write_text(secrets.old[1])
    line = json.loads(scan(authority, tmp_path / "a.txt", "--json", ok=(3,)).stdout.splitlines()[0])
    known = line["known_secret"]
    assert known["state"] == "revoked" and not known["is_accepted"] and known["days_left"] is None
    assert f"{secrets.old[0]}: revoked" in scan(authority, tmp_path / "a.txt", ok=(3,)).stdout
    for form, words in (("--html", "revoked"), ("--sarif", "revoked")):
        assert words in scan(authority, tmp_path / "a.txt", form, ok=(3,)).stdout


def test_git_histories_and_standard_input_are_searched(authority, secrets, tmp_path):
    root = tmp_path / "repository"
    root.mkdir()

    def git(*words):
        subprocess.run(["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.org", *words], cwd=root, check=True,
                       capture_output=True, env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"})
    git("init", "-q")
    (root / "config.json").write_text(json.dumps({"a": {"secret": secrets.old[1]}}))
    git("add", ".")
    git("commit", "-q", "-m", "Add the configuration")
    (root / "config.json").write_text("{}")
    git("commit", "-q", "-a", "-m", "Take it out")
    done = scan(authority, root, "--json", ok=(3,))
    line = json.loads(done.stdout.splitlines()[0])
    assert line["revision"]["standing"] == "history" and line["known_secret"]["secret_id"] == secrets.old[0]
    assert line["key_path"] == "a.secret"
    assert secrets.new[0] in scan(authority, "-", stdin=f"x {secrets.new[1]}", ok=(3,)).stdout


def test_what_is_not_there_is_proven(authority, secrets, tmp_path):
    (tmp_path / "clean.txt").write_text("nothing here\n")
    done = scan(authority, tmp_path / "clean.txt")
    assert "nothing found" in done.stdout and "no proof" not in done.stdout


def test_secrets_from_before_tags_were_kept_are_told(authority, secrets, tmp_path):
    (tmp_path / "a.txt").write_text(secrets.new[1])
    authority.run("secret", "revoke", secrets.client_id, secrets.old[0], "--reason", "it was leaked")
    authority.stop()
    with sqlite3.connect(authority.data / "rekey.db") as database:
        database.execute("DELETE FROM known_tag WHERE secret_id IN (?, ?)",
                         [int(one[0].removeprefix("sec_")) for one in (secrets.new, secrets.old)])
    database.close()
    authority.start()
    done = scan(authority, tmp_path / "a.txt", ok=(1,))
    assert f"{secrets.new[0]}: it cannot be looked for: it was issued before tags were kept" in done.stdout
    assert "no proof of absence" in done.stdout
    # One that has ended gets no tags any more: it is counted, and takes nothing from the proof.
    assert "left out: 1 ended secrets, issued before tags were kept" in done.stdout
    authority.run("secret", "revoke", secrets.client_id, secrets.new[0], "--reason", "without tags")
    coverage = json.loads(scan(authority, tmp_path / "a.txt", "--json").stdout.splitlines()[-1])
    assert coverage["is_complete"] and coverage["left_out"]["untagged"] == 2
    authority.stop()
    rekey("ledger", "verify", "--data", authority.data)


def test_whoever_scans_is_written_down(authority, secrets, tmp_path):
    (tmp_path / "a.txt").write_text("nothing here\n")
    scan(authority, tmp_path / "a.txt")
    events = [line for line in authority.run("ledger", "tail", "--lines", 100).stdout.splitlines() if "search_key_given" in line]
    assert len(events) == 1 and "admin:" in events[0]
    (authority.data / "admin.json").rename(tmp_path / "admin.json")
    assert "admin.json" in authority.run("scan", "--known", tmp_path / "a.txt", ok=(5,)).stderr
    (tmp_path / "admin.json").rename(authority.data / "admin.json")


def test_what_goes_with_detectors_alone_is_refused(authority, tmp_path):
    for wrong in (["--secret-file", "x"], ["--detectors", "x.yaml"], ["--inventory"]):
        assert "leave out" in authority.run("scan", "--known", tmp_path, *wrong, ok=(2,)).stderr
    assert "no credential" in rekey("scan", "--known", tmp_path, ok=(2,)).stderr


def test_a_credential_of_another_kind_is_named(tmp_path):
    other = tmp_path / "other.json"
    other.write_text('{"version":1,"findings":[]}\n')
    said = rekey("scan", "--known", "--credential", other, "--server", "http://127.0.0.1:1", tmp_path, ok=(2,)).stderr
    assert f"{other} is no credential file: " in said


def test_an_allow_comment_hides_no_known_secret(authority, secrets, tmp_path):
    (tmp_path / "a.yaml").write_text(f"x: {secrets.new[1]}  # rekey:allow a fixture\n")
    told = scan(authority, tmp_path / "a.yaml", ok=(3,)).stdout
    assert "found: 1" in told and "allowed" not in told


def test_a_baseline_knows_what_was_told_before(authority, secrets, tmp_path):
    root = tmp_path / "code"
    root.mkdir()
    (root / "a.env").write_text(f"A={secrets.new[1]}\n")
    scan(authority, root, "--write-baseline", tmp_path / "known.json")
    table = scan(authority, root, "--baseline", tmp_path / "known.json").stdout
    assert "nothing found" in table and "in the baseline: 1 (--all lists them)" in table and "a.env" not in table
    (root / "b.env").write_text(f"B={secrets.new[1]}\n")
    assert "found: 1" in scan(authority, root, "--baseline", tmp_path / "known.json", ok=(3,)).stdout
