"""What goes wrong around a server: a clear error, nothing lost, an exit code that is not 0."""

import os
import shutil
import sqlite3
import subprocess

import pytest
from support import Authority, rekey


def run_server(folder, *options, wrapper=()):
    """Starts a server that is expected not to; gives its exit code and what it said."""
    done = subprocess.run([*wrapper, os.environ["REKEY_BINARY"], "serve", "--data", str(folder), "--listen",
                           "127.0.0.1:0", *options], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr


@pytest.fixture
def stopped(tmp_path):
    """A folder with a history, its server stopped."""
    authority = Authority(tmp_path / "data").start()
    for number in range(6):
        client_id = authority.create(f"package {number}")["integration"]["client_id"]
        authority.json("secret", "stage", client_id)
        authority.run("secret", "activate", client_id)
    assert authority.stop() == 0
    return authority


def findings(authority):
    done = authority.run("ledger", "verify", ok=(0, 1))
    assert (done.returncode == 0) == ("finding:" not in done.stdout), done.stdout
    return done.stdout if done.returncode else ""


def edit(authority, *statements):
    connection = sqlite3.connect(authority.data / "rekey.db")
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_a_healthy_ledger_verifies_with_and_without_a_server(stopped):
    assert findings(stopped) == ""
    stopped.start()
    assert findings(stopped) == ""
    stopped.stop()


def test_a_flipped_byte_is_found(stopped):
    edit(stopped, "UPDATE event SET body = replace(body, 'package 3', 'package 4') WHERE body LIKE '%package 3%'")
    assert findings(stopped)


def test_an_edited_end_date_is_found(stopped):
    edit(stopped, "UPDATE secret SET expires_at = expires_at + 86400000 WHERE id = (SELECT max(id) FROM secret)")
    assert "expires_at" in findings(stopped)


def test_ten_deleted_events_are_found(stopped):
    edit(stopped, "DELETE FROM event WHERE position > (SELECT max(position) FROM event) - 10")
    assert findings(stopped)


def test_a_row_that_no_event_made_is_found(stopped):
    connection = sqlite3.connect(stopped.data / "rekey.db")
    columns = [row[1] for row in connection.execute("PRAGMA table_info(secret)")]
    connection.close()
    others = ", ".join(column for column in columns if column != "id")
    edit(stopped, f"INSERT INTO secret (id, {others}) SELECT id + 1000, {others} FROM secret WHERE id = 2")
    assert findings(stopped)


def test_a_second_server_on_the_folder_is_refused(authority):
    code, said = run_server(authority.data)
    assert code != 0 and str(authority.data) in said
    assert authority.get("/healthz").status == 200


def test_a_corrupt_database_is_refused_and_left_alone(stopped):
    database = stopped.data / "rekey.db"
    content = bytearray(database.read_bytes())
    content[0:16] = b"not a database!!"
    database.write_bytes(content)
    code, said = run_server(stopped.data)
    assert code != 0 and "rekey.db" in said
    assert database.read_bytes() == bytes(content)


def test_a_newer_schema_is_refused_with_both_numbers(stopped):
    edit(stopped, "UPDATE schema_version SET version = 99")
    code, said = run_server(stopped.data)
    assert code != 0 and "99" in said


def test_another_root_key_is_refused(stopped, tmp_path):
    other = Authority(tmp_path / "other").start()
    other.stop()
    shutil.copy(other.data / "root.key", stopped.data / "root.key")
    code, said = run_server(stopped.data)
    assert code != 0 and "key" in said


def serve_on(folder, address):
    done = subprocess.run([os.environ["REKEY_BINARY"], "serve", "--data", str(folder), "--listen", address],
                          capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr


@pytest.mark.parametrize("address, code", [
    ("8420", 2), ("127.0.0.1:", 2), ("127.0.0.1:70000", 2), (":8420", 2), ("300.1.1.1:0", 2), ("[::1:0", 2),
    ("192.0.2.1:0", 5)])
def test_an_address_that_cannot_be_used_is_refused_before_the_folder_is_made(tmp_path, address, code):
    returned, said = serve_on(tmp_path / "data", address)
    assert returned == code and "--listen" in said, said
    assert not (tmp_path / "data").exists()


def test_a_port_that_is_taken_is_refused_before_the_folder_is_made(authority, tmp_path):
    port = authority.url.rsplit(":", 1)[1]
    returned, said = serve_on(tmp_path / "second", f"127.0.0.1:{port}")
    assert returned == 5 and f"127.0.0.1:{port}" in said, said
    assert not (tmp_path / "second").exists()
    assert authority.get("/healthz").status == 200


@pytest.fixture
def small_disk(tmp_path):
    """A real file system of 16 MiB, in a mount of this machine; skipped loudly where that is not allowed."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder], capture_output=True)
    if done.returncode != 0:
        if os.environ.get("CI"):
            pytest.fail("CI must be able to mount a tmpfs")
        pytest.skip("a tmpfs cannot be mounted here: the full disk and the read-only folder are not tested")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_is_a_clear_error_and_loses_nothing(small_disk):
    authority = Authority(small_disk / "data")
    authority.log = small_disk.parent / "server.log"
    authority.start()
    first = authority.create("before")
    filler = small_disk / "filler"
    with open(filler, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
    refused = authority.run("package", "create", "too much", "--scope", "email_send", "--description", "x" * 2000,
                            ok=None)
    made = ["before"]
    while refused.returncode == 0 and len(made) < 200:  # the journal may still have room
        made.append("too much")
        refused = authority.run("package", "create", "too much", "--scope", "email_send", "--description",
                                "x" * 2000, ok=None)
    assert refused.returncode != 0 and ("full" in refused.stderr or "space" in refused.stderr), refused.stderr
    # Token requests ask nothing of the disk.
    assert authority.token(first["integration"]["client_id"], first["secret"]["value"]).status == 200
    filler.unlink()
    names = [row["package"]["name"] for row in authority.json("package", "list")["packages"] if not row["package"]["admin"]]
    assert sorted(names) == sorted(made)
    authority.create("after")
    assert authority.stop() == 0
    authority.run("ledger", "verify")


def test_a_read_only_folder_is_a_clear_error(small_disk):
    authority = Authority(small_disk / "data")
    authority.log = small_disk.parent / "server.log"
    authority.start()
    authority.stop()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    try:
        code, said = run_server(authority.data)
        assert code != 0 and str(authority.data) in said and "read-only" in said.lower()
    finally:
        subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)


def test_a_folder_that_others_may_read_is_refused(stopped):
    stopped.data.chmod(0o755)
    code, said = run_server(stopped.data)
    assert code != 0 and f"chmod 700 {stopped.data}" in said


def test_bad_options_are_told_by_name(tmp_path):
    for option, value in (("--listen", "nowhere"), ("--workers", "many"), ("--log-format", "xml"),
                          ("--trusted-proxy", "everywhere"), ("--tenant", "short")):
        options = [option, value] if option != "--listen" else []
        done = subprocess.run([os.environ["REKEY_BINARY"], "serve", "--data", str(tmp_path / "data"), "--listen",
                               value if option == "--listen" else "127.0.0.1:0", *options],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 2, (option, done.stderr)
        assert option.removeprefix("--") in done.stderr
    assert "--data" in rekey("serve", ok=(2,)).stderr


def test_a_request_in_flight_is_answered_when_the_server_stops(authority):
    """SIGTERM while requests go on: every request that got through was answered."""
    import threading
    created = authority.create()
    client_id, value = created["integration"]["client_id"], created["secret"]["value"]
    outcomes = []

    def ask():
        while True:
            try:
                outcomes.append(authority.token(client_id, value).status)
            except ConnectionRefusedError:
                return  # it does not listen any more: nothing was sent
            except Exception as problem:
                outcomes.append(repr(problem))
                return
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    while len(outcomes) < 200:
        pass
    code = authority.stop()
    for thread in threads:
        thread.join()
    assert code == 0
    assert set(outcomes) == {200}, {o for o in outcomes if o != 200}
