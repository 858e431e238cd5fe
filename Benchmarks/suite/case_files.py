"""8b. Verification of files, and an import of many small ones.

Budget: 15 s a round. sha256sum reads the same files, from the same page cache; `cp -r` and `sync` is what a copy costs that is on the disk."""

import contextlib
import os
import shutil
import subprocess
import time

from case_million import finished_job
from measure import Row
from tools import BenchError, make_file, run


def rows(context, stack):
    server = context.peers.start(stack, "larder")["larder"]
    connection = stack.enter_context(contextlib.closing(server.connection()))
    count, size = context.pick((128, 8_000_000), (4, 1_000_000))
    files = context.pick(10_000, 200)
    large, small = context.folder / "large-files", context.folder / "small-files"
    large.mkdir()
    for number in range(count):
        make_file(large / f"{number}.bin", size)
    environment = {**os.environ, "LARDER_URL": server.origin, "LARDER_TOKEN": server.token}

    def command(*arguments):
        run([context.options.binary, *arguments, "--json"], env=environment)

    command("import", large, "--store", "verify")
    # Every content once more in each round, so that no import finds it there already.
    for number in range(files):
        folder = small / f"{number // 100:03}"
        folder.mkdir(parents=True, exist_ok=True)

    def write_small(number):
        for file in range(files):
            (small / f"{file // 100:03}" / f"{file}.json").write_text(f'{{"round":{number},"file":{file},"text":"{"abcdefgh " * 100}"}}')
        os.sync()

    def verify(_):
        job, seconds = finished_job(server, "/v1/admin/verify", {}, connection)
        return {"value": count * size / 1e6 / seconds}

    def checksum(_):
        begun = time.monotonic()
        subprocess.run(["sha256sum", *sorted(large.iterdir())], check=True, stdout=subprocess.DEVNULL)
        return {"value": count * size / 1e6 / (time.monotonic() - begun)}

    def imported(number):
        write_small(number)
        begun = time.monotonic()
        command("import", small, "--store", f"import-{number}")
        seconds = time.monotonic() - begun
        stores = server.json("GET", f"/v1/stores/import-{number}", connection=connection)
        if stores["entries"] != files:
            raise BenchError(f"the import brought {stores['entries']} of {files} files")
        return {"value": seconds}

    def copied(number):
        target = context.folder / f"copied-{number}"
        os.sync()
        begun = time.monotonic()
        run(["cp", "-r", small, target])
        run(["sync", "-f", target])
        seconds = time.monotonic() - begun
        shutil.rmtree(target)
        return {"value": seconds}

    return [
        Row(f"Verify {count * size / 1e9:g} GB of files", "MB/s", {"larder": verify, "sha256sum": checksum}, limits=("sha256sum",)),
        Row(f"Import {files:,} files", "s", {"larder": imported, "cp -r, sync": copied}, lower_is_better=True, limits=("cp -r, sync",)),
    ]
