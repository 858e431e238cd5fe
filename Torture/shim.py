"""Drives shim.c: which call of a process is struck, and how."""

import ctypes
import mmap
import pathlib
import subprocess

CALLS = ("open", "write", "pwrite", "fsync", "fdatasync", "rename", "unlink", "ftruncate", "sync_file_range", "mkdir", "pread", "read", "dirsync")
ACTIONS = {"nothing": 0, "kill-before": 1, "kill-after": 2, "fail": 3, "short": 4, "kill-halfway": 5, "lie": 6}


class Page(ctypes.Structure):
    """As `struct control` in shim.c."""

    _fields_ = [("armed", ctypes.c_uint32), ("fired", ctypes.c_uint32), ("call", ctypes.c_uint32), ("nth", ctypes.c_uint32),
                ("action", ctypes.c_uint32), ("sticky", ctypes.c_uint32), ("error", ctypes.c_uint32), ("reserved", ctypes.c_uint32),
                ("counts", ctypes.c_uint32 * 16), ("root", ctypes.c_char * 512)]


def build(folder):
    """Compiles the shim: the library's path."""
    library = pathlib.Path(folder) / "shim.so"
    subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-Wall", "-Werror", "-o", str(library), str(pathlib.Path(__file__).with_name("shim.c")),
                    "-ldl"], check=True)
    return library


class Shim:
    """The page of one process at a time, and the environment that puts the shim into it."""

    def __init__(self, library, folder, data):
        self.path = pathlib.Path(folder) / "shim.page"
        with open(self.path, "wb") as file:
            file.truncate(mmap.PAGESIZE)
        self._file = open(self.path, "r+b")
        self._map = mmap.mmap(self._file.fileno(), mmap.PAGESIZE)
        self.page = Page.from_buffer(self._map)
        self.page.root = str(data).encode()
        self.environment = {"LD_PRELOAD": str(library), "TORTURE_SHIM": str(self.path)}

    def aim(self, call=None, nth=0, action="nothing", error=0, sticky=False):
        """Sets what happens from arm() on, and all counts to nothing."""
        self.page.armed = self.page.fired = 0
        self.page.call = CALLS.index(call) if call else 0
        self.page.nth, self.page.action, self.page.error, self.page.sticky = nth, ACTIONS[action], error, int(sticky)
        for number in range(16):
            self.page.counts[number] = 0

    def arm(self):
        self.page.armed = 1

    def disarm(self):
        self.page.armed = 0

    @property
    def has_fired(self):
        return bool(self.page.fired)

    @property
    def counts(self):
        """Calls since arm(), by name."""
        return {name: self.page.counts[number] for number, name in enumerate(CALLS)}

    def close(self):
        self.page = None
        self._map.close()
        self._file.close()
