"""Discovery: `rekey scan` over complete git histories and a tree of 60,000 files, beside `git log -p`, ripgrep and others.

All read the same files from the page cache with the same number of threads. What takes turns does so ROUNDS times, and the figure
is the median of the QUIET quickest rounds. Memory is what is the process's own: the most of RssAnon (proc(5)), looked at every
2 ms in a run that is not timed; packs and files that are mapped are the page cache's. The values that are looked for are made
for the run; some of them are planted beside what is searched, so that a search that finds less is seen.
"""

import json
import os
import random
import re
import shutil
import signal
import stat
import statistics
import string
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import peers.scanners as scanners

THREADS = 2
ROUNDS, QUIET = 5, 3
VALUES, PLANTED = 5000, 20
TREE_FILES, TREE_STEP = 58_000, 100
BAR_KNOWN_GB, BAR_OTHER_GB, BAR_ALL_GB, BAR_LOG = 4, 2.5, 1.5, 40
BAR_TREE_SECONDS, BAR_RIPGREP, BAR_START_SECONDS, BAR_MEGABYTES = 0.5, 2, 0.02, 64
# As gitleaks asks for it.
LOG = ("log", "-p", "-U0", "--full-history", "--all", "--diff-filter=tuxdb")

# Of a profile: which work a function is part of, the first that fits.
WORK = (
    ("inflating (libdeflate)", r"^libdeflate"),
    ("unpacking archives", r"^lib(z|lzma|zstd|bz2|lz4|archive)\b"),
    ("rebuilding from deltas", r"apply_delta|take_copy|memmove|DeltaWalker|PackForest|Pack::entry|rebuild|changes_of"),
    ("looking for what is named and missing", r"ReferenceCheck|PackIndex::find|TreeReader|memcmp"),
    ("the pass over every byte (classes)", r"classify|Classes::"),
    ("known forms at runs of letters and digits", r"KnownIndex|search_run|GivenSecrets|LiteralSearch|SharedSearch|window_hash"),
    ("taking layers off", r"base64_|decode_|Decoded|hex_digits|_unit|Search::|looks_like|unpack|search\("),
    ("tags and their index, once for all paths", r"crypto::|hex_decode|libcrypto"),
)


def say(text):
    print(text, flush=True)


def run(command, limit=None, out=subprocess.DEVNULL, environment=None):
    """Wall and CPU seconds (children included), exit code; `is_cut` where it did not end within the limit."""
    begin = time.perf_counter()
    process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=subprocess.DEVNULL,
                               start_new_session=True, env=environment)
    cut = threading.Event()

    def end():
        cut.set()
        os.killpg(process.pid, signal.SIGKILL)
    timer = threading.Timer(limit, end) if limit else None
    if timer:
        timer.start()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    if timer:
        timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return {"seconds": seconds, "cpu_seconds": usage.ru_utime + usage.ru_stime, "exit_code": process.returncode,
            "is_cut": cut.is_set()}


def run_and_read(command):
    """The same, with the last line of JSON that it wrote; of what was not read the counts alone, without this machine's paths."""
    with tempfile.TemporaryFile() as out:
        row = run(command, out=out)
        out.seek(0)
        lines = out.read().splitlines()
    row["told"] = json.loads(lines[-1]) if lines else {}
    for key in ("problems", "left_out_examples"):
        if isinstance(row["told"].get(key), list):
            del row["told"][key]
    row["lines"] = len(lines)
    return row


def quiet(rows, key="seconds"):
    return statistics.median(row[key] for row in sorted(rows, key=lambda row: row["seconds"])[:QUIET])


def own_megabytes(command):
    """The most memory that was the process's own at once."""
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most = 0
    while process.poll() is None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            break
        own = [line for line in status.splitlines() if line.startswith("RssAnon:")]
        most = max(most, int(own[0].split()[1]) if own else 0)
        time.sleep(0.002)
    process.wait()
    return most / 1024


def warm(path):
    """Into the page cache."""
    for folder, _, names in os.walk(path):
        for name in names:
            try:
                with open(os.path.join(folder, name), "rb") as file:
                    while file.read(1 << 20):
                        pass
            except OSError:
                pass


def git(history, *arguments):
    return subprocess.run(["git", "-c", "safe.directory=*", "-C", history, *arguments], check=True, capture_output=True,
                          text=True).stdout


def make_tree(history, target):
    """Work trees of every TREE_STEP-th first parent of that history until there are TREE_FILES files; without their zips, into
    which Rekey alone would look."""
    if target.exists():
        return target
    say(f"making the tree {target} (once)")
    commits = git(history, "rev-list", "--first-parent", "HEAD").split()
    target.mkdir(parents=True)
    files = 0
    for number in range(len(commits) // TREE_STEP):
        folder = target / f"{number}"
        folder.mkdir()
        archive = subprocess.Popen(["git", "-c", "safe.directory=*", "-C", history, "archive", commits[number * TREE_STEP],
                                    "--", ".", ":(exclude,glob)**/*.zip"], stdout=subprocess.PIPE)
        subprocess.run(["tar", "-x", "-C", folder], stdin=archive.stdout, check=True)
        archive.wait()
        files += facts_of_tree(folder)[0]
        if files >= TREE_FILES:
            break
    return target


def facts_of_tree(tree):
    files, size = 0, 0
    for folder, _, names in os.walk(tree):
        for name in names:
            facts = os.lstat(os.path.join(folder, name))
            if stat.S_ISREG(facts.st_mode):
                files, size = files + 1, size + facts.st_size
    return files, size


def make_values(folder):
    alphabet = string.ascii_letters + string.digits
    generator = random.SystemRandom()
    values = ["SFMC_" + "".join(generator.choice(alphabet) for _ in range(59)) for _ in range(VALUES)]
    listing = folder / "values"
    listing.touch(mode=0o600)
    listing.write_text("\n".join(values) + "\n")
    planted = folder / "planted"
    planted.mkdir(mode=0o700)
    (planted / "found.txt").write_text("".join(f"some_key = {value}\n" for value in values[:PLANTED]))
    return listing, planted


class Bench:
    def __init__(self, options, build, folder):
        self.binary, self.known, self.decode = build / "rekey", build / "bench_known", build / "bench_decode"
        self.rounds, self.limit = min(options.rounds, ROUNDS), options.peer_limit
        self.listing, self.planted = make_values(folder)
        self.report = folder / "report"
        self.table, self.details = [], {}
        self.peer_folder = build.parent / "peers"
        self.programs = {} if options.no_peers else scanners.install(self.peer_folder)

    def row(self, what, seen, bar="-", is_met=None):
        self.table.append((what, seen, bar, is_met))

    def keep(self, name, rows):
        self.details[name] = rows
        say(f"{name}: " + ", ".join(f"{row['seconds']:.2f} s ({row['cpu_seconds']:.2f})" for row in rows))

    def known_command(self, path):
        return [self.known, THREADS, self.listing, self.planted, path]

    def scan_command(self, path, *more):
        return [self.binary, "scan", "--json", "--threads", THREADS, *more, path]

    def search_known(self, path):
        """Timed without the making of the tags."""
        row = run_and_read(self.known_command(path))
        if row["exit_code"] != 0:
            raise SystemExit(f"{self.known} failed on {path}")
        row.update(seconds=row["told"]["scan_seconds"], cpu_seconds=row["told"]["scan_cpu_seconds"])
        return row

    def memory(self, what, command):
        most = own_megabytes(command)
        self.details[f"own memory, {what}"] = most
        self.row("  memory of its own, at most", f"{most:.0f} MB", f"≤ {BAR_MEGABYTES} MB", most <= BAR_MEGABYTES)

    def history(self, path, is_first):
        name = history_name(path)
        warm(path)
        known = [self.search_known(path) for _ in range(self.rounds)]
        self.keep(f"known, history of {name}", known)
        told = known[-1]["told"]
        size = told["bytes"] / 1e9
        seconds = quiet(known)
        bar = BAR_KNOWN_GB if is_first else BAR_OTHER_GB
        say(f"{name}: {told['files']} objects with content, {size:.2f} GB, {told['problems']} not read")
        self.row(f"history of {name}, {size:.2f} GB: {told['forms']:,} known forms",
                 f"{seconds:.2f} s = {size / seconds:.2f} GB/s", f"≥ {bar} GB/s", size / seconds >= bar)
        self.row("  CPU time", f"{quiet(known, 'cpu_seconds'):.2f} s", "-")
        self.row("  what was planted is found", f"{told['hits']} of {PLANTED}", "all", told["hits"] >= PLANTED)
        self.floor(name, path, size, seconds)
        if is_first:
            self.log(path, known)
        self.profile(name, path)
        self.memory(f"known, history of {name}", self.known_command(path))
        scans = [run_and_read(self.scan_command(path)) for _ in range(self.rounds)]
        self.keep(f"all detectors, history of {name}", scans)
        seconds = quiet(scans)
        self.row(f"history of {name}: all detectors", f"{seconds:.2f} s = {size / seconds:.2f} GB/s", f"≥ {BAR_ALL_GB} GB/s",
                 size / seconds >= BAR_ALL_GB)
        self.row("  CPU time; findings", f"{quiet(scans, 'cpu_seconds'):.2f} s; {scans[-1]['lines'] - 1:,}", "-")
        self.memory(f"all detectors, history of {name}", self.scan_command(path))
        if is_first:
            self.peers("history", path, scans)

    def floor(self, name, path, size, seconds):
        """What of the time above is spent before anything is looked for: the same reader, with nobody who looks."""
        parts = {}
        for _ in range(self.rounds):
            told = json.loads(subprocess.run([self.decode, str(THREADS), path], check=True, capture_output=True).stdout)
            for part, row in told.items():
                parts.setdefault(part, []).append(row)
        for part, rows in parts.items():
            self.keep(f"decoding alone, {part}, history of {name}", rows)
        names = {"blobs": "  of that, decoding the contents of files", "objects": "  … and commits, tags and trees",
                 "checked": "  … and looking for what they name and is missing"}
        for part, what in names.items():
            rows = parts[part]
            self.row(what, f"{quiet(rows):.2f} s, {rows[-1]['bytes'] / 1e9:.2f} GB = {rows[-1]['bytes'] / 1e9 / quiet(rows):.2f} GB/s"
                           f" ({quiet(rows) / seconds:.0%})", "-")

    def profile(self, name, path):
        """What the processor does in a search for known secrets, by perf(1); one run, one thread."""
        if shutil.which("perf") is None:
            self.row("  profile", "NOT MEASURED: perf is not installed", "-")
            return
        recording = self.listing.parent / "perf.data"
        subprocess.run(["perf", "record", "-q", "-e", "cpu-clock:u", "-F", "1999", "-o", recording, self.known, "1", self.listing,
                        self.planted, path], check=True, capture_output=True)
        report = subprocess.run(["perf", "report", "-i", recording, "--no-children", "--sort", "dso,symbol", "-g", "none"],
                                check=True, capture_output=True, text=True).stdout
        shares = {}
        for line in report.splitlines():
            found = re.match(r"\s+([\d.]+)%\s+(\S+)\s+\[.\] (.*\S)", line)
            if found:
                work = next((work for work, names in WORK if re.search(names, f"{found.group(2)} {found.group(3)}")), "other")
                shares[work] = shares.get(work, 0) + float(found.group(1))
        self.details[f"profile, known, history of {name}"] = shares
        for work, share in sorted(shares.items(), key=lambda item: -item[1]):
            self.row(f"  profile: {work}", f"{share:.0f} %", "-")

    def log(self, path, known):
        row = run(["git", "-c", "safe.directory=*", "-C", path, *LOG])
        self.keep("git log -p", [row])
        if row["exit_code"] != 0:
            self.row("  `git log -p` producing its text / that",
                     f"NOT MEASURED: git stopped with {row['exit_code']}; is the clone complete?", "-")
            return
        ratio = row["seconds"] / quiet(known)
        self.row("  `git log -p` producing its text / that", f"{row['seconds']:.1f} s = {ratio:.0f} ×", f"≥ {BAR_LOG} ×",
                 ratio >= BAR_LOG)
        self.row("  the same, CPU time", f"{row['cpu_seconds'] / quiet(known, 'cpu_seconds'):.0f} ×", "-")

    def peers(self, kind, path, scans):
        for name, program in self.programs.items():
            if isinstance(program, str):
                say(f"{name}: NOT MEASURED, {program}")
                self.row(f"  {name}", f"NOT MEASURED: {program[:60]}", "-")
                continue
            environment = scanners.environment(self.peer_folder, THREADS)
            command = scanners.COMMANDS[name](program, kind, Path(path).resolve(), self.report, THREADS)
            # Once over next to nothing: kingfisher keeps its compiled rules for the next run.
            run(scanners.COMMANDS[name](program, "tree", self.planted, self.report, THREADS), self.limit, environment=environment)
            row = run(command, self.limit, environment=environment)
            self.keep(f"{name}, {kind}", [row])
            more = "more than " if row["is_cut"] else ""
            said = f"{more}{row['seconds']:.1f} s = {more}{row['seconds'] / quiet(scans):.0f} × the wall time"
            if not row["is_cut"]:
                said += f", {row['cpu_seconds'] / quiet(scans, 'cpu_seconds'):.0f} × the CPU time"
                said += f" (exit code {row['exit_code']})" if row["exit_code"] else ""
            self.row(f"  {name} {version_of(program)} on the same", said, "-")

    def tree(self, tree):
        warm(tree)
        files, size = facts_of_tree(tree)
        search = ["rg", "-uuu", "--threads", THREADS, "--count", "--fixed-strings", "--file", self.listing, self.planted,
                  tree]
        has_ripgrep = shutil.which("rg") is not None
        known, scans, ripgrep = [], [], []
        for _ in range(self.rounds):
            known += [self.search_known(tree)]
            scans += [run_and_read(self.scan_command(tree, "--no-history", "--no-ignore"))]
            ripgrep += [run(search)] if has_ripgrep else []
        self.keep("known, tree", known)
        self.keep("all detectors, tree", scans)
        told = known[-1]["told"]
        self.row(f"tree of {files:,} files, {size / 1e6:.0f} MB: {told['forms']:,} known forms", f"{quiet(known):.2f} s",
                 f"≤ {BAR_TREE_SECONDS} s", quiet(known) <= BAR_TREE_SECONDS)
        self.row("  CPU time", f"{quiet(known, 'cpu_seconds'):.2f} s", "-")
        self.row("  what was planted is found", f"{told['hits']} of {PLANTED}", "all", told["hits"] >= PLANTED)
        if has_ripgrep:
            self.keep("ripgrep, tree", ripgrep)
            ratio = quiet(ripgrep) / quiet(known)
            self.row(f"  ripgrep, {VALUES:,} literal values / that", f"{quiet(ripgrep):.2f} s = {ratio:.1f} ×",
                     f"≥ {BAR_RIPGREP} ×", ratio >= BAR_RIPGREP)
        else:
            self.row("  ripgrep", "NOT MEASURED: Debian's package ripgrep is not installed", "-")
        self.memory("known, tree", self.known_command(tree))
        self.row("tree: all detectors", f"{quiet(scans):.2f} s", f"≤ {BAR_TREE_SECONDS} s", quiet(scans) <= BAR_TREE_SECONDS)
        self.row("  CPU time; findings", f"{quiet(scans, 'cpu_seconds'):.2f} s; {scans[-1]['lines'] - 1:,}", "-")
        self.memory("all detectors, tree", self.scan_command(tree, "--no-history", "--no-ignore"))
        self.peers("tree", tree, scans)

    def start(self, folder):
        empty = folder / "empty"
        empty.mkdir()
        rows = [run(self.scan_command(empty)) for _ in range(20)]
        self.keep("start", rows)
        self.row("start-up: a scan of an empty folder, all detectors", f"{quiet(rows) * 1000:.1f} ms",
                 f"< {BAR_START_SECONDS * 1000:.0f} ms", quiet(rows) < BAR_START_SECONDS)


def history_name(path):
    """Of "…/git.git" and "…/git/.git" it is "git"."""
    parts = [part for part in Path(path).resolve().parts if part not in (".git", "repo")]
    return parts[-1].removesuffix(".git").replace("+", "/")


def version_of(program):
    return next((part.split("-v")[-1].split("==")[-1] for part in reversed(program.parts) if "-v" in part or "==" in part), "")


def bench(options, build):
    """The table's rows and the details."""
    histories = options.history or os.environ.get("REKEY_BENCH_HISTORIES", "").split()
    if not histories:
        raise SystemExit("name bare clones of large repositories, the one for the bars first:\n"
                         "  git clone --bare https://github.com/git/git\n  git clone --bare https://github.com/rails/rails\n"
                         "  bench/run scan --history git.git --history rails.git")
    folder = Path(tempfile.mkdtemp(prefix="rekey-bench-"))
    try:
        one = Bench(options, build, folder)
        name = history_name(histories[0]).split("/")[-1]
        tree = Path(options.tree) if options.tree else make_tree(histories[0], build.parent / "bench" / f"tree-{name}")
        one.start(folder)
        one.tree(tree)
        for number, history in enumerate(histories):
            one.history(history, number == 0)
        return one.table, {"threads": THREADS, "rows": one.details}
    finally:
        shutil.rmtree(folder)
