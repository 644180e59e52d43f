"""Cutting a process off from every network and from other programmes, for as long as it lives.

Two ways, either of which is enough: a network of its own with nothing in it (Linux namespaces), and
a filter by which the kernel refuses to make sockets or to start programmes (seccomp). A container
may forbid the first, an odd processor lacks the second; where neither can be had it is said.
"""

from __future__ import annotations

import ctypes
import platform
import struct
import sys

_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000  # sched.h
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2  # prctl.h, seccomp.h
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # bpf_common.h
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | 1, 0x80000000  # 1 is EPERM
_X32 = 0x40000000  # the other numbering of calls on x86_64, by which a filter could be passed by
# socket, io_uring_setup (which makes sockets too), execve, execveat; by processor, with its mark.
_CALLS = {
    "x86_64": (0xC000003E, (41, 425, 59, 322)),
    "aarch64": (0xC00000B7, (198, 425, 221, 281)),
}


def cut_off() -> tuple[str, ...]:
    """Cut this process off; gives by which ways, none where the system forbids both.

    A process with threads can't have a network of its own: call it first of all.
    """
    if sys.platform != "linux":
        return ()
    libc = ctypes.CDLL(None, use_errno=True)
    ways = (("network", _leave_network), ("calls", _refuse_calls))
    return tuple(name for name, way in ways if way(libc))


def _leave_network(libc: ctypes.CDLL) -> bool:
    """Move into a network without any device that is up, by a user of its own or as root."""
    return any(libc.unshare(flags) == 0 for flags in (_NEW_USER | _NEW_NETWORK, _NEW_NETWORK))


def _refuse_calls(libc: ctypes.CDLL) -> bool:
    """Have the kernel refuse to make sockets and to start programmes."""
    found = _CALLS.get(platform.machine())
    if found is None or libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    lines = _filter(*found)
    held = ctypes.create_string_buffer(b"".join(lines))
    programme = _Programme(len(lines), ctypes.addressof(held))
    return bool(libc.prctl(_SET_SECCOMP, _FILTER, ctypes.byref(programme), 0, 0) == 0)


class _Programme(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("lines", ctypes.c_void_p)]


def _filter(mark: int, refused: tuple[int, ...]) -> list[bytes]:
    """Write the filter: another processor's calls kill, the refused ones fail, the rest pass."""
    ends = len(refused)
    return [
        _line(_LOAD, 4),  # the processor
        _line(_EQUAL, mark, 1, 0),
        _line(_RETURN, _KILL),
        _line(_LOAD, 0),  # the call's number
        _line(_AT_LEAST, _X32, ends + 1, 0),
        *(_line(_EQUAL, call, ends - n, 0) for n, call in enumerate(refused)),
        _line(_RETURN, _ALLOW),
        _line(_RETURN, _REFUSE),
    ]


def _line(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)
