"""How this ActiveCampaign behaves, where the real one is adjustable, unknown or contradictory."""

from dataclasses import dataclass
from typing import Any, Literal, get_args, get_type_hints


@dataclass
class Switches:
    """Faithful by default; any of them may be set while the sandbox runs."""

    # The account
    account_name: str = "sandbox.activehosted.com"
    contact_limit: int = 2_000_000
    payment_due: bool = False

    # Limits
    limits: bool = True
    requests_per_second: int = 5
    bulk_per_minute: int = 100
    single_per_minute: int = 20
    fixed_windows: bool = False
    bulk_counts_as_request: bool = True
    bulk_limit_status: Literal[400, 429] = 400
    retry_after: int = 30
    max_bytes: int = 400_000
    latency: float = 0.0

    # The shape of answers
    numbering_from: Literal[0, 1] = 1
    success_key: Literal["Success", "success"] = "Success"
    queued_offset: int = 0
    batch_id_prefix: str = ""
    totals_as_numbers: bool = False
    escaped_slashes: bool = True

    # Imports
    processing_seconds: float = 1.0
    false_seconds: float = 1.0
    results_kept_seconds: float | None = None
    skipped_in_failure: bool = False
    updated_in_success: bool = False
    blank_overwrites: bool = True

    def change(self, changes: dict[str, Any]) -> None:
        """Set several switches, or none of them if one does not exist or fit its type.

        Raises ValueError.
        """
        hints = get_type_hints(type(self))
        for name, value in changes.items():
            if name not in hints:
                raise ValueError(f"There is no switch {name!r}.")
            if not _fits(value, hints[name]):
                raise ValueError(f"{value!r} does not fit the switch {name!r}.")
        for name, value in changes.items():
            setattr(self, name, value)


def _fits(value: Any, hint: Any) -> bool:
    choices = get_args(hint) or (hint,)
    if isinstance(value, bool):
        return bool in choices
    if any(value == choice for choice in choices if not isinstance(choice, type)):
        return True
    kinds = tuple(choice for choice in choices if isinstance(choice, type))
    return isinstance(value, (*kinds, int) if float in kinds else kinds)
