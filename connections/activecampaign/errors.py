"""What can go wrong between us and ActiveCampaign.

    ActiveCampaignError
    ├── ConfigError            a person must change something
    ├── PermanentError         the same request will never work
    └── TemporaryError         the same request may work later
        ├── RateLimited        too fast: waiting is not a retry
        └── OutcomeUnknown     it was sent, and no answer says what became of it

Contacts that ActiveCampaign refuses are not errors but results (`answers.Refused`).

Codes, which are stable and which the application words for people:

    ConfigError      key_refused  lists_forbidden  list_not_found  payment  redirect
                     not_the_api  private_address
    PermanentError   refused  unreadable
    TemporaryError   unavailable  unresolvable  no_tls  no_connection
    RateLimited      rate_limited
    OutcomeUnknown   lost_answer
"""

DETAIL_LIMIT = 500


class ActiveCampaignError(Exception):
    """Say what happened by a stable code, and what ActiveCampaign said about it.

    `detail` holds their words and may name a contact, so it is for the person who may see
    contacts; `str()` of an error holds neither that nor the key, and is safe to log.
    """

    def __init__(
        self,
        code: str,
        *,
        status: int | None = None,
        detail: str = "",
        request_id: str | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.detail = detail[:DETAIL_LIMIT]
        self.request_id = request_id

    def __str__(self) -> str:
        facts = []
        if self.status is not None:
            facts.append(f"HTTP {self.status}")
        if self.request_id is not None:
            facts.append(f"request {self.request_id}")
        return f"{self.code} ({', '.join(facts)})" if facts else self.code


class ConfigError(ActiveCampaignError):
    """A person must change something before this can work."""


class PermanentError(ActiveCampaignError):
    """The same request will never work."""


class TemporaryError(ActiveCampaignError):
    """The same request may work later; after `retry_after` seconds, if they said so."""

    def __init__(
        self,
        code: str,
        *,
        status: int | None = None,
        detail: str = "",
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(code, status=status, detail=detail, request_id=request_id)
        self.retry_after = retry_after


class RateLimited(TemporaryError):
    """Too many requests for this account: wait, then send the same again."""


class OutcomeUnknown(TemporaryError):
    """The request left, and its answer was lost: it may have been carried out."""
