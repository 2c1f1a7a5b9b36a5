"""What a sandboxed child may use up."""

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    wall_seconds: float = 30.0
    cpu_seconds: int = 10
    address_space_bytes: int = 768 * MEGABYTE
    input_bytes: int = 50 * MEGABYTE
    output_bytes: int = 64 * MEGABYTE
    written_file_bytes: int = MEGABYTE
    open_files: int = 64


DEFAULT = Limits()
