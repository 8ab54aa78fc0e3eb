"""The rehearsal: `rekey rehearse` over many packages of five consumers each, whose secrets come due over half a year.

The issuer is of the kind marketing-cloud, so that people generate, activate, attest and approve, and nothing is asked over a
network. Consumers read per call, from a cache, on a schedule, after a command and after a signal; every third package has a
canary wave that is held for an hour, every fourth a window, every fifth an approval, every seventh a freeze, and every
eleventh a consumer that only a person restarts. Exits of the command that are not 0, runs that would not be closed and
consumers that would be refused are failures of the bench.
"""

import datetime
import json
import os
import shutil
import string
import subprocess
import tempfile
import time
from pathlib import Path

CONSUMERS = 5
HALF_A_YEAR_DAYS = 180
ROUNDS = 3
BAR_SECONDS, BAR_GROWTH = 30, 1.2

RELOADS = ("reload: per_call", "reload: {cached: 20m}, interval: 45m", "reload: {schedule: 1d}, interval: 25h",
           "reload: {command: [/bin/true], reads: at_start}", "reload: {signal: HUP, pid_file: c.pid}")
BY_A_PERSON = "reload: {reads: at_start}"


def client_id(number):
    """24 characters of [a-z0-9] that differ in more than their end."""
    alphabet = string.ascii_lowercase + string.digits
    text, rest = "", number * 2654435761 + 1
    for _ in range(20):
        rest = (rest * 6364136223846793005 + 1442695040888963407) % 2 ** 64
        text += alphabet[(rest >> 33) % len(alphabet)]
    return text + f"{number:04d}"


def package(number, begin, count):
    # Begun 45 to 59 days before: one after the other over half a year.
    end = begin + datetime.timedelta(days=60 + HALF_A_YEAR_DAYS * number // count)
    rules = ""
    if number % 3 == 0:
        rules += "    waves: [{name: canary, consumers: [c0], hold: 1h}]\n"
    if number % 4 == 0:
        rules += "    window: tue-thu 09:00-15:00\n"
    if number % 5 == 0:
        rules += "    approvals: 1\n"
    if number % 7 == 0:
        day = begin + datetime.timedelta(days=number % HALF_A_YEAR_DAYS)
        rules += f"    freezes: [{day}..{day + datetime.timedelta(days=3)}]\n"
    consumers = ""
    for i in range(CONSUMERS):
        reload = BY_A_PERSON if number % 11 == 0 and i == CONSUMERS - 1 else RELOADS[i]
        name = f"p{number}c{i}"
        consumers += (f"      - {{name: c{i}, sink: {{kind: file, path: {name}.env, key: S}}, {reload}, "
                      f"seen_as: {{user_agent: {name}}}}}\n")
    return (f"  - name: package {number}\n    client_id: {client_id(number)}\n    expires_at: {end}\n{rules}"
            f"    consumers:\n{consumers}")


def write_inventory(path, count):
    begin = datetime.datetime.now(datetime.timezone.utc).date()
    path.write_text("version: 1\nissuers:\n  mce: {kind: marketing-cloud, auth_url: \"https://tenant.auth.marketingcloudapis.com/\"}\n"
                    "integrations:\n" + "".join(package(number, begin, count) for number in range(count)))


def rehearse(binary, folder):
    """Wall and CPU seconds, peak MB, exit code, and what was played."""
    with open(folder / "played.json", "wb") as out, open(folder / "errors.log", "wb") as err:
        begin = time.monotonic()
        process = subprocess.Popen([binary, "rehearse", "-f", folder / "rekey.yaml", "--json"], stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    return {"seconds": seconds, "cpu_seconds": usage.ru_utime + usage.ru_stime,
            "peak_megabytes": usage.ru_maxrss / 1024, "exit_code": process.returncode}


def one_size(binary, count, rounds):
    folder = Path(tempfile.mkdtemp(prefix="rekey-rehearse-"))
    write_inventory(folder / "rekey.yaml", count)
    row = min((rehearse(binary, folder) for _ in range(rounds)), key=lambda one: one["cpu_seconds"])
    text = (folder / "played.json").read_text()
    played = json.loads(text) if text else []
    moments = [datetime.datetime.fromisoformat(one[key].replace("Z", "+00:00"))
               for one in played for key in ("begun_at", "ended_at")]
    row.update({
        "packages": count, "played": len(played), "closed": sum(one["closed"] for one in played),
        "harms": sum(finding["harm"] for one in played for finding in one["findings"]),
        "people": sum(one["people_needed"] for one in played), "moments": sum(len(one["moments"]) for one in played),
        "days": (max(moments) - min(moments)).days if moments else 0,
        "inventory_bytes": (folder / "rekey.yaml").stat().st_size, "said": (folder / "errors.log").read_text()[-2000:]})
    shutil.rmtree(folder)
    print(f"{count} packages: {row['seconds']:.2f} s, {row['cpu_seconds']:.2f} s of CPU, peak {row['peak_megabytes']:.0f} MB, "
          f"{row['closed']} closed, {row['days']} days, {row['moments']} moments, people {row['people']} times, "
          f"exit code {row['exit_code']}{': ' + row['said'] if row['said'] else ''}", flush=True)
    return row


def bench(options, binary):
    """The table's rows and the details."""
    sizes = sorted({max(options.packages // 10, 1), options.packages})
    rows = [one_size(binary, size, ROUNDS) for size in sizes]
    small, large = rows[0], rows[-1]
    factor = large["packages"] / small["packages"]
    growth = large["cpu_seconds"] / small["cpu_seconds"]
    is_whole = all(row["closed"] == row["played"] == row["packages"] and row["harms"] == row["exit_code"] == 0 for row in rows)
    table = [
        (f"{large['packages']} packages × {CONSUMERS} consumers: rehearsed over {large['days']} days", f"{large['seconds']:.1f} s",
         f"≤ {BAR_SECONDS} s", large["seconds"] <= BAR_SECONDS),
        (f"  CPU time, {small['packages']} to {large['packages']} packages", f"× {growth:.1f}", f"≤ × {factor * BAR_GROWTH:.0f}",
         growth <= factor * BAR_GROWTH),
        ("  CPU time a package", f"{large['cpu_seconds'] / large['packages'] * 1000:.1f} ms", "-", None),
        ("  peak memory", f"{large['peak_megabytes']:.0f} MB", "-", None),
        ("  every run would be closed, nobody refused", f"{large['closed']} of {large['packages']}", "all", is_whole),
        ("  days that are played", f"{large['days']}", f"≥ {HALF_A_YEAR_DAYS}",
         large["days"] >= HALF_A_YEAR_DAYS)]
    return table, {"sizes": rows}
