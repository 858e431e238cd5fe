"""A small ext4 of the harness's own: an image file it made, on a loop device it attached, at a mount point it made.

Everything that could hurt checks first that it is this file system and no other.
"""

import contextlib
import ctypes
import fcntl
import os
import pathlib
import struct
import subprocess
import time

from .report import Skipped

EXT4_IOC_SHUTDOWN = 0x8004587D
# What becomes of the journal: default flushes data and journal before it stops; logflush only the journal; nologflush neither.
MODES = {"default": 0, "logflush": 1, "nologflush": 2}


def _run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
    return done.returncode, done.stdout.strip(), done.stderr.strip()


_has_own_mounts = False
CLONE_NEWNS = 0x00020000


def own_mounts():
    """Gives this process mounts of its own. Elsewhere a process that makes a namespace takes a copy of every mount with it, ours included:
    then a file system lives on after its umount, and mounting its image again would write to it twice.
    To be called before there are threads."""
    global _has_own_mounts
    if _has_own_mounts:
        return
    if os.geteuid() != 0:
        raise Skipped("mounting a file system of one's own needs root")
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
        raise Skipped(f"no mounts of one's own are to be had here: {os.strerror(ctypes.get_errno())}")
    code, _, error = _run("mount", "--make-rprivate", "/")
    if code:
        raise Skipped(f"no mounts of one's own are to be had here: {error}")
    _has_own_mounts = True


class Disk:
    """A loop-mounted image. Skipped is raised where that is not allowed."""

    def __init__(self, folder, megabytes=256, journal_megabytes=16):
        self.image = pathlib.Path(folder) / "disk.img"
        self.point = pathlib.Path(folder) / "disk"
        self.loop = None
        self._mounted_device = None
        self.megabytes, self.journal_megabytes = megabytes, journal_megabytes
        self.point.mkdir(parents=True, exist_ok=False)
        own_mounts()
        self.make()

    def make(self):
        """A new, empty file system."""
        assert self.loop is None
        with open(self.image, "wb") as file:
            file.truncate(self.megabytes << 20)
        code, _, error = _run("mkfs.ext4", "-q", "-F", "-b", "4096", "-E", "lazy_itable_init=1,lazy_journal_init=0,nodiscard",
                              "-J", f"size={self.journal_megabytes}", "-m", "0", self.image)
        if code:
            raise Skipped(f"mkfs.ext4 can't make a file system in {self.image}: {error}")

    def mount(self):
        """Mounts it; the journal is replayed here."""
        code, out, error = _run("losetup", "--find", "--show", "--nooverlap", self.image)
        if code:
            raise Skipped(f"no loop device is to be had here: {error}")
        self.loop = out
        # commit=1 writes the journal every second: more different states to be cut off in.
        code, _, error = _run("mount", "-t", "ext4", "-o", "noatime,commit=1", self.loop, self.point)
        if code:
            self.detach()
            raise Skipped(f"mounting ext4 is not allowed here: {error}")
        self._mounted_device = os.stat(self.point).st_dev
        self._assert_ours()

    def _assert_ours(self):
        """That `point` is a mount of our image and of nothing else: its device is the loop device, and that one's file is the image."""
        device = os.stat(self.point).st_dev
        loop = os.stat(self.loop).st_rdev
        assert self.loop.startswith("/dev/loop") and device == loop == self._mounted_device, "not our loop device"
        assert device != os.stat("/").st_dev and device != os.stat(self.point.parent).st_dev, "not a file system of its own"
        number = f"{os.major(device)}:{os.minor(device)}"
        with open("/proc/self/mountinfo") as mounts:
            lines = [line.split() for line in mounts]
        ours = [fields for fields in lines if fields[2] == number]
        assert [fields[4] for fields in ours] == [str(self.point)], f"{number} is mounted elsewhere, too: {ours}"
        backing = pathlib.Path(f"/sys/dev/block/{number}/loop/backing_file").read_text().strip()
        assert os.path.samefile(backing, self.image), f"the loop device holds {backing}"

    def cut(self, mode):
        """Stops the file system dead, as it is: from here on nothing more reaches the image."""
        self._assert_ours()
        descriptor = os.open(self.point, os.O_RDONLY | os.O_DIRECTORY)
        try:
            assert os.fstat(descriptor).st_dev == self._mounted_device, "not our file system"
            fcntl.ioctl(descriptor, EXT4_IOC_SHUTDOWN, struct.pack("I", MODES[mode]))
        finally:
            os.close(descriptor)

    def unmount(self):
        """The processes that use it must be gone."""
        if self._mounted_device is not None:
            code, _, error = _run("umount", self.point)
            assert code == 0, f"umount {self.point}: {error}"
            self._mounted_device = None
        self.detach()

    def detach(self):
        """Lets go of the loop device, and waits until the image is really let go of: an image on two devices would be written twice."""
        if not self.loop:
            return
        _run("losetup", "--detach", self.loop)
        backing = pathlib.Path(f"/sys/block/{pathlib.Path(self.loop).name}/loop/backing_file")
        end = time.monotonic() + 20
        while backing.exists() and str(self.image) in backing.read_text():
            assert time.monotonic() < end, f"{self.loop} doesn't let go of {self.image}: somebody else has it mounted"
            time.sleep(0.02)
        self.loop = None

    def check(self):
        """fsck of the unmounted image without repairing: its complaints; empty when there are none."""
        code, out, error = _run("e2fsck", "-f", "-n", self.image)
        return "" if code == 0 else (out + error)[-600:]

    def remove(self):
        with contextlib.suppress(AssertionError):
            self.unmount()
        self.image.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.point.rmdir()
