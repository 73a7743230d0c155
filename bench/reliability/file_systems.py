"""Separate file systems, small or frozen; mounting them needs root on Linux."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def small_disk(folder: Path, size_mb: int) -> Iterator[Path]:
    """Mount a separate file system at `folder` for the duration of the block."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", folder], check=True, capture_output=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@contextmanager
def ext4_disk() -> Iterator[Path]:
    """Mount an ext4 file system of 40 MB for the duration of the block; it can be aborted as after a disk fault."""
    with tempfile.TemporaryDirectory() as folder:
        image, disk = Path(folder, "image"), Path(folder, "disk")
        disk.mkdir()
        with image.open("wb") as file:
            file.truncate(40_000_000)
        subprocess.run(["mkfs.ext4", "-q", image], check=True, capture_output=True)
        subprocess.run(["mount", "-o", "loop", image, disk], check=True, capture_output=True)
        try:
            yield disk
        finally:
            subprocess.run(["umount", disk], check=True)


@contextmanager
def frozen(disk: Path) -> Iterator[None]:
    """Block every write to a disk for the duration of the block."""
    subprocess.run(["fsfreeze", "--freeze", disk], check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["fsfreeze", "--unfreeze", disk], check=True)
