class BackupError(Exception):
    """A backup or a restore cannot go on; the message says why and what to do."""


class BackupDiffers(BackupError):
    """What was restored is not what was backed up. `differences` has a sentence for each."""

    def __init__(self, differences: list[str]) -> None:
        self.differences = differences
        more = f" (and {len(differences) - 5} more)" if len(differences) > 5 else ""
        super().__init__(f"It is not what was backed up: {' '.join(differences[:5])}{more}")
