"""How much of everything the installation holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Amounts:
    """What the issue asks for, and as much of everything else as goes with it."""

    exports: int = 1_000
    segments: int = 200
    connections: int = 50
    sources: int = 20
    users: int = 12
    # Nightly refreshes: each is followed by a run of every export, 100,000 runs together.
    nights: int = 100
    audit_entries: int = 20_000

    def scaled(self, scale: float) -> Amounts:
        """Return so much of everything, at least a little."""
        sizes = {name: max(4, round(size * scale)) for name, size in vars(self).items()}
        return Amounts(**sizes)
