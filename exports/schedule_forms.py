"""The form of the schedules of several exports: keep what each has, or override it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from exports.models import Export
from segments.forms.schedule import ScheduleFields

KEEP, OVERRIDE = "keep", "override"
ON, OFF = "on", "off"


class SeveralSchedulesForm(ScheduleFields):
    """Whether several exports keep their schedules, switched on or off, or all get this one."""

    keep = forms.ChoiceField(
        label=_("Keep or override schedules"),
        choices=[
            (KEEP, _("Keep individual schedules")),
            (OVERRIDE, _("Define new schedule for all selected exports")),
        ],
        widget=forms.RadioSelect,
        initial=KEEP,
    )
    state = forms.ChoiceField(
        label=_("Schedule run"),
        choices=[(ON, pgettext_lazy("schedule", "On")), (OFF, pgettext_lazy("schedule", "Off"))],
        widget=forms.RadioSelect,
        initial=ON,
        required=False,
        help_text=_(
            "On: each runs as its schedule says; one that has been off by itself follows the "
            "scheduled refresh. Off: they run on demand only."
        ),
    )

    field_order = ["keep", "state"]

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.offer(Export())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("keep") == KEEP:
            for name in set(self.errors) - {"keep", "state"}:
                del self.errors[name]
        return cleaned

    @property
    def is_kept(self) -> bool:
        return str(self.cleaned_data["keep"]) == KEEP

    @property
    def is_on(self) -> bool:
        return str(self.cleaned_data["state"]) != OFF
