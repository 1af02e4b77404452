"""Every problem of a connection, in words for who reads it."""

from __future__ import annotations

import re

import pytest

from connections.activecampaign import errors
from connections.activecampaign.errors import ConfigError, PermanentError
from connections.connecting import CHECKS
from connections.models import Connection
from connections.presenting import STEP_LABELS, STOPPED
from connections.problems import (
    FIELDS,
    WORDINGS,
    WORDINGS_FOR_ADMINISTRATORS,
    describe_error,
    describe_problem,
    problem_of,
)

OURS = {
    "consent_lapsed",
    "contacts_forbidden",
    "export_user_gone",
    "host_not_allowed",
    "key_unreadable",
    "too_slow",
}
CONNECTION = Connection(name="Newsletter", host="acme.api-us1.com", api_key="secret")


def codes() -> set[str]:
    """Return the codes that the client's errors may have, from the head of their file."""
    listed = re.findall(
        r"^    (?:\w+Error|RateLimited|OutcomeUnknown)  +(.+(?:\n {17,}.+)*)",
        str(errors.__doc__),
        re.MULTILINE,
    )
    return set(" ".join(listed).split())


def test_every_code_has_words_for_administrators_and_for_everybody_else():
    assert len(codes()) > 10
    assert set(WORDINGS) == set(WORDINGS_FOR_ADMINISTRATORS) == codes() | OURS
    assert set(FIELDS) <= set(WORDINGS)


@pytest.mark.parametrize("code", sorted(codes()))
def test_every_error_says_what_happened_and_what_to_do(code, administrator, contributor):
    error = ConfigError(code, status=403, detail="Forbidden")

    for reader in (administrator, contributor):
        words = describe_error(error, CONNECTION, user=reader, list_id=19)

        assert words.happened.endswith((".", "Forbidden"))
        assert words.todo
        assert "%(" not in str(words)
        assert "secret" not in str(words)


def test_administrators_read_the_host_and_everybody_else_whom_to_ask(administrator, contributor):
    error = ConfigError("redirect")

    theirs = describe_error(error, CONNECTION, user=administrator)
    other = describe_error(error, CONNECTION, user=contributor)

    assert theirs.happened.startswith("acme.api-us1.com sends requests on")
    assert "acme.api-us1.com" not in str(other)
    assert "“Newsletter”" in other.happened
    assert other.todo.startswith("Ask an administrator")


def test_a_stored_problem_names_the_list_and_never_holds_the_key():
    stored = problem_of(ConfigError("list_not_found", status=404), CONNECTION, list_id=19)

    assert "secret" not in str(stored)
    assert describe_problem(stored).happened == "ActiveCampaign has no list with the ID 19."


def test_a_refusal_quotes_what_activecampaign_said():
    stored = problem_of(PermanentError("refused", status=400, detail="100% wrong"), CONNECTION)

    assert describe_problem(stored).happened == "ActiveCampaign refused the request: 100% wrong"


def test_every_step_and_every_state_of_the_list_has_a_label():
    assert set(STEP_LABELS) == set(CHECKS)
    assert set(STOPPED) == OURS - {"contacts_forbidden", "too_slow"}
