"""Other scanners, from their registries, into build/peers: gitleaks and trufflehog as Go modules, kingfisher as the wheel that
its makers publish. Each in one fixed version, checked by its hash; ripgrep is Debian's (setup/packages.txt)."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

GO_MODULES = {
    "gitleaks": ("github.com/zricethezav/gitleaks/v8", "v8.30.1", "h1:PmEvCfVI7ti9dV3s5aMZUY7sS2GxRvG3yzih7E+cS3w="),
    "trufflehog": ("github.com/trufflesecurity/trufflehog/v3", "v3.90.0", "h1:Q8DMp6K8R4Xpn7md7tR33mfgRAmr0GnEXZVLnLrQczU="),
}
KINGFISHER = ("kingfisher-bin==2.14.0", "sha256:50f2b9bc05560058c1e7712dd4493cbe145f415b753e76af84ee1bfc2f583799")


def go_program(name, folder):
    """Built in the module's own folder, so that its own list of dependencies with hashes holds."""
    module, version, checksum = GO_MODULES[name]
    program = folder / f"{name}-{version}"
    if program.exists():
        return program
    if shutil.which("go") is None:
        raise RuntimeError("it needs Go")
    print(f"building {name} {version} (once; some minutes)", flush=True)
    told = subprocess.run(["go", "mod", "download", "-json", f"{module}@{version}"], capture_output=True, text=True, cwd="/")
    facts = json.loads(told.stdout or "{}")
    if facts.get("Sum") != checksum:
        raise RuntimeError(facts.get("Error") or f"its hash is {facts.get('Sum')}, and {checksum} was expected")
    subprocess.run(["go", "build", "-trimpath", "-o", program, "."], cwd=facts["Dir"], check=True)
    return program


def kingfisher_program(folder):
    requirement, checksum = KINGFISHER
    target = folder / requirement
    program = target / "kingfisher" / "bin" / "kingfisher"
    if not program.exists():
        print(f"installing {requirement}", flush=True)
        listing = folder / "kingfisher.txt"
        listing.write_text(f"{requirement} --hash={checksum}\n")
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
                        "--require-hashes", "--only-binary", ":all:", "--target", target, "-r", listing], check=True)
        program.chmod(0o755)
    return program


def gitleaks(program, kind, path, report, _threads):
    return [program, "git" if kind == "history" else "dir", "--no-banner", "--log-level", "error", "--redact=100",
            "--exit-code", "0", "--report-format", "json", "--report-path", report, path]


def trufflehog(program, kind, path, _report, threads):
    what = ["git", "--bare", f"file://{path}"] if kind == "history" else ["filesystem", path]
    return [program, "--no-update", "--no-verification", "--json", f"--concurrency={threads}", *what]


def kingfisher(program, kind, path, report, threads):
    return [program, "--no-update-check", "--quiet", "scan", "--no-validate", "--redact", "--jobs", threads, "--git-history",
            "full" if kind == "history" else "none", "--format", "jsonl", "--output", report, path]


COMMANDS = {"gitleaks": gitleaks, "trufflehog": trufflehog, "kingfisher": kingfisher}


def install(folder):
    """The program of each, or the reason why there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    programs = {}
    for name in COMMANDS:
        try:
            programs[name] = kingfisher_program(folder) if name == "kingfisher" else go_program(name, folder)
        except Exception as problem:  # a peer that is not there must not end the run, nor be passed over
            programs[name] = str(problem)
    return programs


def environment(folder, threads):
    """Nothing of the user's is read or written, and Go uses as many threads as the others."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    return {"PATH": os.environ["PATH"], "HOME": str(home), "GOMAXPROCS": str(threads), "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
            "KF_RULE_CACHE_DIR": str(folder / "rules")}
