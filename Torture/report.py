"""What was tried and what was found."""

import contextlib
import json
import os
import shlex
import shutil
import sys
import threading
import time

# What can become of an acknowledged write, worst first in no order:
#   lost         it is not there, or an older state is
#   torn         what is there was never written like that: content, type, metadata, ETag or a count don't belong together, or are damaged
#   resurrected  what an acknowledged write had removed is there again
#   duplicated   what was to happen once happened twice: an event, an append with one Idempotency-Key, a conditional write with two winners
KINDS = ("lost", "torn", "resurrected", "duplicated")

_began = time.monotonic()
_lock = threading.Lock()


def say(text):
    with _lock:
        print(f"[{time.monotonic() - _began:7.1f}] {text}", file=sys.stderr, flush=True)


class Skipped(Exception):
    """It can't be tried on this machine; the text says why."""


class Finding:
    """One violation: what kind, of what, and how one knows."""

    def __init__(self, kind, name, text):
        assert kind in KINDS, kind
        self.kind, self.name, self.text = kind, name, text

    def __str__(self):
        return f"{self.kind}: {self.name}: {self.text}"


class Report:
    """Counts by name, and findings by kind. Safe to use from many threads."""

    def __init__(self, title):
        self.title = title
        self.counts = {}
        self.scores = dict.fromkeys(KINDS, 0)
        self.findings = []
        self.notes = []
        self.evidence = []
        self.is_blind = False  # whether a defect that was planted was not seen
        self._lock = threading.Lock()

    FINDINGS_SHOWN = 200

    def add(self, name, amount=1):
        with self._lock:
            self.counts[name] = self.counts.get(name, 0) + amount

    def found(self, findings, evidence=None, repeat=None):
        """Takes findings over, and says where their evidence is and how to see them again."""
        if not findings:
            return
        with self._lock:
            for finding in findings:
                self.scores[finding.kind] += 1
            self.findings += findings[: max(0, self.FINDINGS_SHOWN - len(self.findings))]
            if evidence:
                self.evidence.append(str(evidence))
        for finding in findings[:10]:
            say(f"FOUND {finding}")
        if len(findings) > 10:
            say(f"FOUND {len(findings) - 10} more")
        if evidence:
            say(f"evidence kept in {evidence}")
        if repeat:
            say(f"to repeat: {repeat}")

    def note(self, text):
        with self._lock:
            self.notes.append(text)
        say(text)

    @property
    def is_clean(self):
        return not self.is_blind and not any(self.scores.values())

    def document(self):
        return {"title": self.title, "counts": self.counts, "scores": self.scores, "findings": [str(f) for f in self.findings],
                "notes": self.notes, "evidence": self.evidence}

    def show(self, options):
        if options.json:
            options.json.write_text(json.dumps(self.document() | {"seed": options.seed}, indent=2) + "\n")
        print(f"{self.title} (seed {options.seed})")
        for name, count in self.counts.items():
            print(f"  {name:<40} {count:>12,}")
        for kind in KINDS:
            print(f"  {kind:<40} {self.scores[kind]:>12,}")
        for note in self.notes:
            print(f"  {note}")
        print(f"torture {options.command}: {'passed' if self.is_clean else 'FAILED'}")


def keep_evidence(home, name, folders):
    """Copies folders and files of a failed try where the next try doesn't overwrite them; a data directory of a few megabytes each."""
    target = home / "evidence" / f"{name}-{time.strftime('%H%M%S')}-{os.getpid()}"
    target.mkdir(parents=True, exist_ok=True)
    for folder in folders:
        if folder.is_dir():
            # What can't be read is part of the finding, not a reason to stop.
            with contextlib.suppress(shutil.Error):
                shutil.copytree(folder, target / folder.name, dirs_exist_ok=True, symlinks=True)
        elif folder.exists():
            shutil.copy2(folder, target / folder.name)
    return target


def command_line(options, *extra):
    """How to run this again with the same seed."""
    return " ".join(shlex.quote(str(word)) for word in
                    ("Scripts/torture", options.command, "--seed", options.seed, "--binary", options.binary, *extra))
