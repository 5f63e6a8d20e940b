"""The machine that a figure belongs to, in one line."""

import os
import platform
from pathlib import Path

import psutil


def machine() -> str:
    """Processor, cores that may be used, memory, system, Python."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = round(psutil.virtual_memory().total / 2**30)
    system = f"{platform.system()} {platform.release().partition('-')[0]}"
    return f"{_processor()}, {cores} cores, {memory} GiB, {system}, CPython {platform.python_version()}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
