"""What people type: text that a terminal would not show as it is, or that is no text, is refused at the door."""

import os
import sqlite3
import subprocess

import pytest
from support import BINARY

HIDDEN = {"\u202e": "U+202E", "\u2066": "U+2066", "\u200f": "U+200F", "\u061c": "U+061C", "\u200b": "U+200B",
          "\u2060": "U+2060", "\ufeff": "U+FEFF", "\x1b": "U+001B", "\x85": "U+0085"}


@pytest.mark.parametrize("character", HIDDEN)
def test_hidden_characters_are_refused_with_the_member_and_the_code_point(authority, character):
    text = f"pay{character}roll"
    client_id = authority.create()["integration"]["client_id"]
    for member, command in {
        "name": ("package", "create", text),
        "owners": ("package", "edit", client_id, "--owner", text),
        "label": ("secret", "stage", client_id, "--label", text),
        "reason": ("secret", "revoke", client_id, "sec_2", "--reason", text),
    }.items():
        refused = authority.run(*command, ok=(2,)).stderr
        assert f"{member} holds {HIDDEN[character]}" in refused and "take it out" in refused, refused
        assert character not in refused


def test_what_an_older_ledger_holds_is_shown_escaped(authority):
    authority.create("payXroll")
    authority.stop()
    # As a program before this rule would have stored it.
    connection = sqlite3.connect(authority.data / "rekey.db")
    with connection:
        connection.execute("UPDATE integration SET name = replace(name, 'X', char(0x202e))")
    connection.close()
    authority.start()
    for command in (("status",), ("package", "list"), ("package", "show", "pkg_2")):
        shown = authority.run(*command).stdout
        assert "pay\\u{202E}roll" in shown and "\u202e" not in shown, shown
        as_json = authority.run(*command, "--json").stdout
        assert "pay\\u202eroll" in as_json and "\u202e" not in as_json, as_json


@pytest.mark.parametrize("words", [
    (b"package", b"create", b"caf\xe9"),
    (b"package", b"edit", b"pkg_1", b"--description", b"\xff"),
    (b"secret", b"stage", b"abc", b"--label", b"\xc3("),
    (b"policy", b"set", b"ttl=\xed\xa0\x80"),
    (b"\xfe",),
])
def test_a_command_line_that_is_not_utf8_is_a_usage_error(tmp_path, words):
    done = subprocess.run([BINARY.encode(), *words, b"--data", os.fsencode(tmp_path)], capture_output=True, timeout=60)
    assert done.returncode == 2, done
    assert b"is not valid UTF-8" in done.stderr and b"word" in done.stderr
    assert done.stderr.decode().isprintable() or done.stderr.decode().endswith("\n")
