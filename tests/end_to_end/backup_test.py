"""A backup taken while its server runs and changes, brought back on another folder, with the real commands."""

import json
import os
import pty
import secrets
import select
import subprocess
import threading

import pytest

from support import BINARY, DEADLINE_SECONDS, Authority, find_canaries, rekey


@pytest.fixture
def passphrase(tmp_path):
    path = tmp_path / "passphrase"
    path.write_text(secrets.token_urlsafe(24) + "\n")
    return path


@pytest.fixture
def restored(tmp_path):
    """An authority on the folder that tests restore into."""
    one = Authority(tmp_path / "restored")
    yield one
    one.stop()


def status_of(authority, created):
    return authority.token(created["integration"]["client_id"], created["secret"]["value"]).status


def revoke(authority, created):
    authority.run("secret", "revoke", created["integration"]["client_id"], created["secret"]["id"],
                  "--reason", "it leaked")


class Load:
    """Changes of state, one after the other, for as long as the block lasts."""

    def __init__(self, authority):
        self.authority = authority
        self.token = authority.admin_token()
        self.made = []
        self.has_begun = threading.Event()
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def _run(self):
        while not self.is_over.is_set() and len(self.made) < 200:
            body = json.dumps({"name": f"Load {len(self.made)}", "scopes": ["email_send"]})
            reply = self.authority.request("POST", "/api/v1/packages", body,
                                           {"Authorization": f"Bearer {self.token}",
                                            "Content-Type": "application/json"})
            assert reply.status == 201, reply.text
            self.made.append(reply.json)
            self.has_begun.set()

    def __enter__(self):
        self.thread.start()
        assert self.has_begun.wait(DEADLINE_SECONDS)
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join(DEADLINE_SECONDS)
        for created in self.made:
            self.authority.canaries.add(created["secret"]["value"])


def test_a_backup_under_load_comes_back_and_warns_of_what_it_cannot_know(authority, restored, passphrase, tmp_path):
    old = authority.create("Old")
    revoked_before = authority.create("Revoked before")
    revoked_after = authority.create("Revoked after")
    revoke(authority, revoked_before)
    backup = tmp_path / "monday.backup"
    with Load(authority) as load:
        made = json.loads(authority.run("backup", "--to", backup, "--passphrase-file", passphrase, "--json").stdout)
    revoke(authority, revoked_after)
    assert backup.stat().st_mode & 0o777 == 0o600
    assert not (authority.data / "backup.db").exists()
    head = backup.read_bytes().split(b"\n", 2)
    assert head[0] == b"rekey-backup-1"
    assert json.loads(head[1])["ledger_position"] == made["ledger_position"] > 0
    root_key = (authority.data / "root.key").read_bytes().strip().split()[-1]
    assert not find_canaries(backup.read_bytes(), authority.canaries) and root_key not in backup.read_bytes()

    said = rekey("restore", backup, "--data", restored.data, "--passphrase-file", passphrase).stdout
    words = " ".join(said.split())
    assert made["made_at"] in words and "is not in this backup" in words and "is accepted again" in words
    assert revoked_after["secret"]["id"] in said and revoked_before["secret"]["id"] + " " not in said
    assert "rekey admin recover" in said
    assert "Everything fits." in restored.run("ledger", "verify").stdout

    restored.start()
    restored.run("admin", "recover")
    assert status_of(restored, old) == 200
    assert status_of(restored, revoked_before) == 401
    assert status_of(restored, revoked_after) == 200, "of that it warned"
    revoke(restored, revoked_after)
    assert status_of(restored, revoked_after) == 401
    # What the load had written when the copy was made is whole: each package with a secret that works, or not there.
    clients = {entry["integration"]["client_id"] for entry in restored.json("package", "list")["packages"]}
    carried = [created for created in load.made if created["integration"]["client_id"] in clients]
    assert all(status_of(restored, created) == 200 for created in carried[:3] + carried[-3:])
    missing = [created for created in load.made if created["integration"]["client_id"] not in clients]
    assert all(status_of(restored, created) == 401 for created in missing[:3])
    restored.canaries |= authority.canaries
    restored.check_no_value_is_visible()


def test_the_lost_folder_names_what_had_ended(authority, restored, passphrase, tmp_path):
    kept, revoked = authority.create("Kept"), authority.create("Revoked after")
    authority.run("backup", "--to", tmp_path / "b", "--passphrase-file", passphrase)
    revoke(authority, revoked)
    words = ("restore", tmp_path / "b", "--data", restored.data, "--passphrase-file", passphrase,
             "--lost", authority.data)
    refused = rekey(*words, ok=(4,)).stderr
    assert "still serves" in refused and not any(restored.data.iterdir())
    authority.stop()
    said = rekey(*words, ok=(3,)).stdout
    command = f"rekey secret revoke {revoked['integration']['client_id']} {revoked['secret']['id']}"
    assert command in said and f"revoke {kept['integration']['client_id']}" not in said
    restored.start()
    assert status_of(restored, kept) == 200


def test_a_key_away_from_the_server_opens_what_the_server_seals(authority, restored, tmp_path):
    key = tmp_path / "backup.key"
    assert str(key) in rekey("backup", "key", "--to", key).stdout
    assert key.stat().st_mode & 0o777 == 0o600
    rekey("backup", "key", "--to", key, ok=(4,))
    assert "private" in authority.run("backup", "--to", tmp_path / "b", "--recipient", key, ok=(2,)).stderr
    authority.run("backup", "--to", tmp_path / "b", "--recipient", f"{key}.pub")
    authority.run("backup", "--to", tmp_path / "b", "--recipient", f"{key}.pub", ok=(4,))
    words = ("restore", tmp_path / "b", "--data", restored.data)
    assert "--backup-key" in rekey(*words, ok=(2,)).stderr
    result = json.loads(rekey(*words, "--backup-key", key, "--json").stdout)
    assert [secret["admin"] for secret in result["accepted"]] == [True] and result["unknown_since"]
    restored.start()


def test_a_passphrase_is_long_enough_and_no_argument(authority, passphrase, tmp_path):
    (tmp_path / "short").write_text("short\n")
    words = ("backup", "--to", tmp_path / "b")
    assert "longer" in authority.run(*words, "--passphrase-file", tmp_path / "short", ok=(2,)).stderr
    assert "--passphrase-file" in authority.run(*words, ok=(2,), stdin="").stderr
    authority.run(*words, "--passphrase", "x", ok=(2,))
    authority.run(*words, "--passphrase-file", tmp_path / "nowhere", ok=(5,))
    assert not (tmp_path / "b").exists()
    authority.run(*words, "--passphrase-file", "-", stdin=passphrase.read_text())
    (tmp_path / "wrong").write_text(secrets.token_urlsafe(24))
    wrong = rekey("restore", tmp_path / "b", "--data", tmp_path / "new", "--passphrase-file", tmp_path / "wrong", ok=(1,))
    assert "does not open" in wrong.stderr and not (tmp_path / "new").exists()


def at_a_terminal(words, answers):
    """Runs a command at a terminal, answers each question, and gives what it said and its exit code."""
    main, other = pty.openpty()
    process = subprocess.Popen([BINARY, *map(str, words)], stdin=other, stdout=other, stderr=other,
                               start_new_session=True)
    os.close(other)
    said, answers = b"", list(answers)
    while True:
        ready, _, _ = select.select([main], [], [], DEADLINE_SECONDS)
        assert ready, said
        try:
            portion = os.read(main, 4096)
        except OSError:  # the terminal's other side is closed
            portion = b""
        if not portion:
            break
        said += portion
        if answers and said.endswith(b"(it is not shown): "):
            os.write(main, answers.pop(0).encode() + b"\n")
    os.close(main)
    return said.decode(), process.wait(timeout=DEADLINE_SECONDS)


def test_at_a_terminal_the_passphrase_is_asked_for_twice_and_not_shown(authority, restored, tmp_path):
    phrase, other = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    words = ("backup", "--data", authority.data, "--to", tmp_path / "b")
    said, code = at_a_terminal(words, [phrase, other])
    assert code == 2 and "differ" in said and not (tmp_path / "b").exists()
    said, code = at_a_terminal(words, [phrase, phrase])
    assert code == 0 and phrase not in said
    said, code = at_a_terminal(("restore", tmp_path / "b", "--data", restored.data), [phrase])
    assert code == 0 and phrase not in said, said


def test_a_folder_with_something_in_it_and_a_file_that_is_no_backup_are_refused(authority, passphrase, tmp_path):
    authority.run("backup", "--to", tmp_path / "b", "--passphrase-file", passphrase)
    words = ("--passphrase-file", passphrase)
    assert "not empty" in rekey("restore", tmp_path / "b", "--data", authority.data, *words, ok=(4,)).stderr
    assert "no backup" in rekey("restore", passphrase, "--data", tmp_path / "n", *words, ok=(2,)).stderr
    cut = tmp_path / "cut"
    cut.write_bytes((tmp_path / "b").read_bytes()[:-1])
    assert "not whole" in rekey("restore", cut, "--data", tmp_path / "n", *words, ok=(1,)).stderr
    assert not (tmp_path / "n").exists()
    assert authority.get("/readyz").status == 200


def test_a_sandbox_is_not_backed_up(passphrase, tmp_path):
    sandbox = Authority(tmp_path / "play", "--sandbox").start()
    try:
        refused = sandbox.run("backup", "--to", tmp_path / "b", "--passphrase-file", passphrase, ok=(4,)).stderr
        assert "sandbox" in refused
    finally:
        sandbox.stop()
