"""Setting up a connection, in the order of the page and without JavaScript."""

from __future__ import annotations

from connections.models import Connection, ConnectionDraft
from tests.connections.browsing import press, prove_identity
from tests.connections.conftest import PASSWORD


def test_a_connection_is_made_in_four_steps(ada, administrator, sandbox, entries):
    connected = press(ada, "connect", **entries)
    added = prove_identity(ada, PASSWORD)
    saved = press(ada, "save")

    assert "Connected to ActiveCampaign as" in connected.words
    assert "Ada Admin is the export user since" in added.words
    assert "The connection “Newsletter” is saved." in saved.words
    connection = Connection.objects.get()
    assert (connection.name, connection.host) == ("Newsletter", sandbox.host)
    assert connection.api_key == sandbox.key
    assert connection.created_by == connection.export_user == administrator
    assert connection.problem() is None
    assert not ConnectionDraft.objects.exists()
