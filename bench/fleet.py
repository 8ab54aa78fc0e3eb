"""The fleet: `rekey rotate --due` over many packages of five consumers each, against the local authority.

The consumers are played by another process, which reads each one's file at every turn; evidence is the authority's usage,
nothing is waived. Every sink is fsynced before it counts as written; three proofs for each new value; settle time 1 s, no
overlap, so that everybody moves before the activation.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CONSUMERS = 5
SETTLE, INTERVAL_SECONDS, PERIOD_SECONDS = "1s", 5, 4  # a consumer asks more often than it says
WARM_UP_TURNS = 5  # fewer would not confirm the interval that the inventory declares
BAR_SECONDS, BAR_MEGABYTES, BAR_GROWTH = 120, 200, 1.2


def write_fleet(folder, data, clients):
    """The consumers' files and the inventory; gives what fleet_consumers.py reads."""
    soon = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 20 * 24 * 3600))
    entries, consumers = [], []
    for number, (client_id, value) in enumerate(clients):
        lines = []
        for consumer in range(CONSUMERS):
            name = f"p{number}c{consumer}"
            path = folder / f"{name}.env"
            path.touch(mode=0o600)
            path.write_text(f"CLIENT_SECRET={value}\n")
            consumers.append({"client_id": client_id, "path": str(path), "user_agent": name})
            lines.append(f"      - {{name: c{consumer}, sink: {{kind: file, path: {name}.env, key: CLIENT_SECRET}}, "
                         f"reload: per_call, seen_as: {{user_agent: {name}}}, interval: {INTERVAL_SECONDS}s}}\n")
        entries.append(f"  - name: package {number}\n    client_id: {client_id}\n    expires_at: {soon}\n"
                       f"    proof: {{requests: 3, span: 500ms}}\n    consumers:\n{''.join(lines)}")
    (folder / "rekey.yaml").write_text(
        f"version: 1\nissuers:\n  local: {{kind: rekey, credential: {data / 'admin.json'}}}\nintegrations:\n"
        + "".join(entries))
    (folder / "consumers.json").write_text(json.dumps(consumers))


def values_after(folder, count):
    return [(folder / f"p{number}c0.env").read_text().split("=", 1)[1].strip() for number in range(count)]


def rotate(binary, folder, parallel):
    """wall and CPU seconds, peak MB, exit code, and what was said."""
    with open(folder / "events.jsonl", "wb") as out, open(folder / "errors.log", "wb") as err:
        begin = time.monotonic()
        process = subprocess.Popen([binary, "rotate", "-f", folder / "rekey.yaml", "--due", "--yes", "--json",
                                    "--parallel", str(parallel), "--issuer-calls", "16"], stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begin
    return {"seconds": seconds, "cpu_seconds": usage.ru_utime + usage.ru_stime,
            "peak_megabytes": usage.ru_maxrss / 1024, "exit_code": os.waitstatus_to_exitcode(status)}


def closed_runs(folder):
    closed, retried = set(), 0
    with open(folder / "events.jsonl") as lines:
        for line in lines:
            if '"run_closed"' in line:
                closed.add(json.loads(line)["run"])
            retried += '"step_failed"' in line
    return len(closed), retried


def one_size(rekey, binary, cpu_seconds, count, parallel):
    folder = Path(tempfile.mkdtemp(prefix="rekey-fleet-"))
    clients = rekey.clients[:count]
    write_fleet(folder, rekey.data, clients)
    played = subprocess.Popen([sys.executable, Path(__file__).parent / "fleet_consumers.py", str(rekey.port),
                               folder / "consumers.json", str(PERIOD_SECONDS)], stdout=subprocess.PIPE, text=True)
    time.sleep(WARM_UP_TURNS * PERIOD_SECONDS + 1)
    server_before, player_before = cpu_seconds(rekey.pid), cpu_seconds(played.pid)
    row = {"packages": count, **rotate(binary, folder, parallel)}
    row["server_cpu_seconds"] = cpu_seconds(rekey.pid) - server_before
    row["consumer_cpu_seconds"] = cpu_seconds(played.pid) - player_before
    time.sleep(PERIOD_SECONDS + 1)  # and once more with what is there now
    played.send_signal(signal.SIGTERM)
    row["consumers"] = json.loads(played.communicate()[0])
    row["closed"], row["steps_retried"] = closed_runs(folder)
    row["journal_megabytes"] = sum(file.stat().st_size for file in (folder / ".rekey").glob("runs.db*")) / 1e6
    new = values_after(folder, count)
    row["changed"] = sum(value != old for value, (_, old) in zip(new, clients))
    rekey.clients[:count] = [(client_id, value) for (client_id, _), value in zip(clients, new)]
    row["said"] = (folder / "errors.log").read_text()[-2000:]
    if os.environ.get("REKEY_KEEP"):
        print(f"kept in {folder}")
    else:
        shutil.rmtree(folder)
    print(f"{count} packages: {row['seconds']:.1f} s, engine {row['cpu_seconds']:.1f} s of CPU, server "
          f"{row['server_cpu_seconds']:.1f} s, consumers {row['consumer_cpu_seconds']:.1f} s, peak "
          f"{row['peak_megabytes']:.0f} MB, journal {row['journal_megabytes']:.1f} MB, {row['closed']} closed, "
          f"{row['steps_retried']} steps retried, {row['consumers']['requests']} token requests, "
          f"{row['consumers']['refused']} refused", flush=True)
    return row


def bench(options, rekey, binary, cpu_seconds):
    """The table's rows and the details."""
    rekey.set_policy(settle=SETTLE, overlap="0")
    sizes = sorted({max(options.packages // 10, 1), options.packages})
    rows = [one_size(rekey, binary, cpu_seconds, size, options.parallel) for size in sizes]
    rekey.process.terminate()
    rekey.process.wait()
    small, large = rows[0], rows[-1]
    growth = (large["cpu_seconds"] / large["packages"]) / (small["cpu_seconds"] / small["packages"])
    factor = large["packages"] / small["packages"]
    name = f"{large['packages']} packages × {CONSUMERS} consumers"
    is_whole = all(row["closed"] == row["changed"] == row["packages"] and row["exit_code"] == 0 for row in rows)
    table = [
        (f"{name}: rotated, {options.parallel} at once", f"{large['seconds']:.1f} s", f"≤ {BAR_SECONDS} s",
         large["seconds"] <= BAR_SECONDS),
        ("  peak memory of the engine", f"{large['peak_megabytes']:.0f} MB", f"≤ {BAR_MEGABYTES} MB",
         large["peak_megabytes"] <= BAR_MEGABYTES),
        (f"  time, {small['packages']} to {large['packages']} packages", f"× {large['seconds'] / small['seconds']:.1f}",
         f"≤ × {factor * BAR_GROWTH:.0f}", large["seconds"] <= small["seconds"] * factor * BAR_GROWTH),
        ("  CPU time a package, the same", f"× {growth:.2f} ({large['cpu_seconds'] / large['packages'] * 1000:.0f} ms)",
         f"≤ × {BAR_GROWTH}", growth <= BAR_GROWTH),
        ("  every run closed, every secret new", f"{large['closed']} of {large['packages']}", "all", is_whole),
        ("  token requests of consumers refused", f"{sum(row['consumers']['refused'] for row in rows)} of "
         f"{sum(row['consumers']['requests'] for row in rows)}", "0",
         all(row["consumers"]["refused"] == 0 for row in rows)),
        ("  journal", f"{large['journal_megabytes']:.1f} MB, {large['journal_megabytes'] / large['packages'] * 1000:.0f} "
         "kB a package", "-", None)]
    return table, {"sizes": rows, "parallel": options.parallel}
