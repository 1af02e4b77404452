"""The form of the system's refresh schedule."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from segments.models import RefreshSchedule

MAX_TIMES = 4
WEEKDAYS = (
    (1, _("Monday")),
    (2, _("Tuesday")),
    (3, _("Wednesday")),
    (4, _("Thursday")),
    (5, _("Friday")),
    (6, _("Saturday")),
    (7, _("Sunday")),
)
_PROPOSED = "06:00"
_SYSTEM = (
    RefreshSchedule.Recurrence.OFF,
    RefreshSchedule.Recurrence.DAILY,
    RefreshSchedule.Recurrence.WEEKLY,
)


class ScheduleForm(forms.Form):
    """Recurrence, days, time zone and one to four times; `shown` time fields are drawn."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    recurrence = forms.ChoiceField(
        label=_("Recurrence"),
        choices=[(each.value, each.label) for each in _SYSTEM],
        widget=forms.RadioSelect,
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days"),
        choices=WEEKDAYS,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Used when the recurrence is weekly."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=[(name, name) for name in sorted(available_timezones())]
    )

    def __init__(
        self, data: Any = None, *, schedule: RefreshSchedule, one_more: bool = False
    ) -> None:
        times = schedule.times or [_PROPOSED]
        initial = {
            "version": schedule.version,
            "recurrence": schedule.recurrence,
            "weekdays": schedule.weekdays,
            "time_zone": schedule.time_zone,
            **{f"time_{position}": text for position, text in enumerate(times)},
        }
        super().__init__(data, initial=initial)
        posted = sum(1 for name in data or () if name.startswith("time_") and name != "time_zone")
        shown = min(MAX_TIMES, max(1, posted or len(times)) + one_more)
        self.time_names = [f"time_{position}" for position in range(shown)]
        for position, name in enumerate(self.time_names):
            self.fields[name] = _time_field(position)
        # What a weekly schedule needs is not called optional there.
        recurrence = self["recurrence"].value()
        self.fields["weekdays"].required = recurrence == RefreshSchedule.Recurrence.WEEKLY
        self.fields["time_0"].required = recurrence != RefreshSchedule.Recurrence.OFF

    @property
    def time_fields(self) -> list[forms.BoundField]:
        """The fields of the times that are drawn."""
        return [self[name] for name in self.time_names]

    @property
    def has_room(self) -> bool:
        """Whether another time may be added."""
        return len(self.time_names) < MAX_TIMES

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        times = [cleaned[name] for name in self.time_names if cleaned.get(name)]
        return {**cleaned, "times": sorted({f"{each:%H:%M}" for each in times})}

    def apply_to(self, schedule: RefreshSchedule) -> RefreshSchedule:
        """Return the schedule with what was filled in, not saved."""
        for name in ("recurrence", "weekdays", "time_zone", "times"):
            setattr(schedule, name, self.cleaned_data[name])
        return schedule


def _time_field(position: int) -> forms.TimeField:
    return forms.TimeField(
        label=_("Time") if position == 0 else _("Time %(number)s") % {"number": position + 1},
        required=False,
        help_text="" if position == 0 else _("Empty it to have one time less."),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
