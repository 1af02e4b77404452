"""What saving an export changes, and what it leaves alone."""

from django.utils import timezone

from exports.models import Export
from exports.services import save_export
from tests.factories import make_export


def test_saving_does_not_write_over_the_state_that_a_run_recorded_meanwhile(administrator):
    export = make_export()
    Export.objects.filter(pk=export.pk).update(delivered="states/new.parquet")
    export.name = "Renamed"

    save_export(
        export=export,
        segments=export.segments.all(),
        expected=export.version,
        user=administrator,
        now=timezone.now(),
    )

    saved = Export.objects.get()
    assert (saved.name, saved.delivered) == ("Renamed", "states/new.parquet")
