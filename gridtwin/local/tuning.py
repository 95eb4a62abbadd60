"""PostgreSQL's settings, fitted to this machine anew at each start."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path

MB = 1 << 20


@dataclass(frozen=True)
class Machine:
    """What the server may use: bytes of memory, processor cores, bytes free on its disk."""

    memory: int
    cores: int
    disk: int


def this_machine(folder: Path) -> Machine:
    """The machine as the kernel and the control groups of this process limit it."""
    space = os.statvfs(folder)
    cores = len(os.sched_getaffinity(0))
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Machine(
        memory=min([physical, *_memory_limits()]),
        cores=max(1, min([cores, *_core_limits()])),
        disk=space.f_bavail * space.f_frsize,
    )


def settings(machine: Machine, *, socket: Path, log: Path, port: int, lz4: bool) -> dict[str, str]:
    """Every setting that differs from PostgreSQL's own, by name.

    The machine is shared with the service itself, and on a desk with a browser, so shares of memory are
    below what a dedicated server would get (a quarter). What they cost when idle is next to nothing.
    """
    memory, cores = machine.memory // MB, machine.cores
    parallel = min(4, cores // 2)
    return {
        # who may reach it
        "listen_addresses": "",
        "port": str(port),
        "unix_socket_directories": str(socket),
        "unix_socket_permissions": "0700",
        "password_encryption": "scram-sha-256",
        "max_connections": "100",
        # nothing that was answered is ever lost
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        # memory
        "shared_buffers": f"{_between(32, memory // 5, 8192)}MB",
        "effective_cache_size": f"{_between(64, memory // 2, 1 << 20)}MB",
        "work_mem": f"{_between(4, memory // 400, 64)}MB",
        "maintenance_work_mem": f"{_between(32, memory // 16, 1024)}MB",
        # writing: fewer, smoother checkpoints, but never a tenth of the disk
        "max_wal_size": f"{_between(256, min(memory // 4, machine.disk // MB // 10), 4096)}MB",
        "checkpoint_timeout": "15min",
        "checkpoint_completion_target": "0.9",
        "wal_compression": "lz4" if lz4 else "on",
        "default_toast_compression": "lz4" if lz4 else "pglz",
        # reading: disks of today; short spatial queries are slower with just-in-time compilation
        "random_page_cost": "1.1",
        "effective_io_concurrency": "200",
        "jit": "off",
        "max_worker_processes": str(max(8, cores + 4)),
        "max_parallel_workers": str(cores),
        "max_parallel_workers_per_gather": str(parallel),
        "max_parallel_maintenance_workers": str(parallel),
        # one time zone in storage and logs
        "timezone": "UTC",
        "log_timezone": "UTC",
        # a file a day, kept for GRIDTWIN_LOG_RETENTION_DAYS (gridtwin/jobs.py)
        "logging_collector": "on",
        "log_directory": str(log),
        "log_filename": "postgresql-%Y%m%d.log",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_file_mode": "0600",
        "log_min_error_statement": "panic",
        "log_line_prefix": "%m [%p] ",
        "lc_messages": "C",
        "cluster_name": "gridtwin",
    }


def as_conf(values: dict[str, str]) -> str:
    """The settings as the text of a configuration file."""
    head = "# Written by gridtwin at each start. To change a setting for good: ALTER SYSTEM SET name = value;\n"
    lines = (f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in values.items())
    return head + "".join(lines)


def _between(least: int, wish: int, most: int) -> int:
    return max(least, min(wish, most))


def _memory_limits() -> list[int]:
    texts = _control_group_files("memory", "memory.limit_in_bytes", "memory.max")
    return [int(text) for text in texts if text.isdigit() and int(text) > 0]


def _core_limits() -> list[int]:
    """Whole cores of a quota, rounded up, so that 150 % counts as two."""
    limits = []
    for text in _control_group_files("cpu", "cpu.cfs_quota_us", "cpu.max"):
        words = text.split()
        quota, period = words[0], words[1] if len(words) > 1 else "100000"
        if quota.isdigit() and int(quota) > 0:
            limits.append(math.ceil(int(quota) / int(period)))
    return limits


def _control_group_files(controller: str, old: str, new: str) -> list[str]:
    """What a control group's file says, for this process's group and all above it (versions 1 and 2)."""
    texts = []
    for group in _lines(Path("/proc/self/cgroup")):
        number, controllers, path = group.split(":", 2)
        if number == "0" and not controllers:
            root, name = Path("/sys/fs/cgroup"), new
        elif controller in controllers.split(","):
            root, name = Path("/sys/fs/cgroup") / controller, old
        else:
            continue
        folder = root / path.lstrip("/")
        # inside a container the path is the host's, and the container's own group is the root
        for level in (folder, *folder.parents):
            if level.is_relative_to(root):
                texts += [line for line in _lines(level / name)[:1] if line]
    return texts


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []
