"""The forms of schedules: of the whole system, and of one source, segment or export."""

from collections.abc import Iterable
from datetime import time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.time_zones import time_zone_choices
from segments.models import RefreshSchedule, Scheduled
from segments.schedules.cron import BadCron, check_cron

Recurrence = Scheduled.Recurrence
MAX_TIMES = 4
MAX_HOURS = 168
# With a context: Django has the names that stand inside a sentence.
WEEKDAYS = (
    (1, pgettext_lazy("choice", "Monday")),
    (2, pgettext_lazy("choice", "Tuesday")),
    (3, pgettext_lazy("choice", "Wednesday")),
    (4, pgettext_lazy("choice", "Thursday")),
    (5, pgettext_lazy("choice", "Friday")),
    (6, pgettext_lazy("choice", "Saturday")),
    (7, pgettext_lazy("choice", "Sunday")),
)
_PROPOSED = "06:00"
_SYSTEM = (Recurrence.OFF, Recurrence.DAILY, Recurrence.WEEKLY)
# What each recurrence needs to know; whatever else was filled in is not looked at.
_NEEDS: dict[str, tuple[str, ...]] = {
    Recurrence.HOURLY: ("every_hours",),
    Recurrence.DAILY: ("time", "time_zone"),
    Recurrence.WEEKLY: ("weekdays", "time", "time_zone"),
    Recurrence.MONTHLY: ("month_days", "time", "time_zone"),
    Recurrence.CRON: ("cron", "time_zone"),
}
_DETAILS = ("every_hours", "weekdays", "month_days", "cron", "time", "time_zone")


def weekdays_field() -> forms.TypedMultipleChoiceField:
    """Return the field of the days of a weekly schedule."""
    return forms.TypedMultipleChoiceField(
        label=_("Days"),
        choices=WEEKDAYS,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one day.")},
    )


class ScheduleFields(forms.Form):
    """Recurrence, and the details that each recurrence needs; the others are not judged."""

    recurrence = forms.ChoiceField(
        label=_("Recurrence"), choices=Recurrence.choices, widget=forms.RadioSelect
    )
    every_hours = forms.IntegerField(
        label=_("Hours from one time to the next"),
        min_value=1,
        max_value=MAX_HOURS,
        help_text=_("Counted from when the schedule is saved."),
    )
    weekdays = weekdays_field()
    month_days = forms.TypedMultipleChoiceField(
        label=_("Days of the month"),
        choices=[(day, str(day)) for day in range(1, 32)],
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A day that the month lacks becomes its last day."),
        error_messages={"required": _("Choose at least one day.")},
    )
    cron = forms.CharField(
        label=_("Cron expression"),
        max_length=100,
        help_text=_(
            "Minute, hour, day of the month, month, day of the week. “0 6 * * 1-5” means at 06:00 "
            "from Monday to Friday."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    time = forms.TimeField(
        label=_("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    time_zone = forms.ChoiceField(label=_("Time zone"))

    # A browser would insist on details that the chosen recurrence does not need.
    use_required_attribute = False

    def offer(self, scheduled: Scheduled) -> None:
        """Propose what is stored, unless the form was given something else to begin with."""
        offered = entered_of(scheduled)
        self.initial = {**offered, **self.initial}
        self.fields["time_zone"].choices = zones_with(offered["time_zone"])  # type: ignore[attr-defined]

    def clean_cron(self) -> str:
        expression = " ".join(self.cleaned_data["cron"].split())
        try:
            check_cron(expression)
        except BadCron as error:
            raise forms.ValidationError(str(error)) from error
        return expression

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        needed = _NEEDS.get(cleaned.get("recurrence", ""), ())
        for name in _DETAILS:
            if name not in needed:
                self.errors.pop(name, None)
        return cleaned

    def apply_to(self, scheduled: Any) -> Any:
        """Give `scheduled` what was filled in, without saving it, and return it."""
        scheduled.recurrence = self.cleaned_data["recurrence"]
        for name in _NEEDS.get(scheduled.recurrence, ()):
            value = self.cleaned_data[name]
            if name == "time":
                scheduled.times = [f"{value:%H:%M}"]
            else:
                setattr(scheduled, name, value)
        return scheduled


def entered_of(scheduled: Scheduled) -> dict[str, Any]:
    """Return what the form shows of a schedule; where nothing is stored, what is likely wanted."""
    zone = scheduled.time_zone
    if not scheduled.times and not scheduled.cron:
        zone = timezone.get_current_timezone_name()
    return {
        "recurrence": scheduled.recurrence,
        "every_hours": scheduled.every_hours,
        "weekdays": scheduled.weekdays,
        "month_days": scheduled.month_days,
        "cron": scheduled.cron,
        "time": (scheduled.times or [_PROPOSED])[0],
        "time_zone": zone,
    }


class ScheduleChoice(ScheduleFields):
    """The schedule alone, of something that may not be stored yet."""

    def __init__(self, data: Any = None, *, scheduled: Scheduled) -> None:
        super().__init__(data)
        self.offer(scheduled)


class OwnScheduleForm(ScheduleFields):
    """When one source, segment or export has its turn."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, scheduled: Any) -> None:
        super().__init__(data, initial={"version": scheduled.version})
        self.offer(scheduled)


class ScheduleForm(forms.Form):
    """When the whole system refreshes: recurrence, days, time zone and one to four times."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    recurrence = forms.ChoiceField(
        label=_("Recurrence"),
        choices=[(each.value, each.label) for each in _SYSTEM],
        widget=forms.RadioSelect,
    )
    weekdays = weekdays_field()
    time_zone = forms.ChoiceField(label=_("Time zone"))

    use_required_attribute = False

    def __init__(
        self, data: Any = None, *, schedule: RefreshSchedule, one_more: bool = False
    ) -> None:
        times = schedule.times or [_PROPOSED]
        zone = schedule.time_zone if schedule.times else timezone.get_current_timezone_name()
        initial = {
            "version": schedule.version,
            "recurrence": schedule.recurrence,
            "weekdays": schedule.weekdays,
            "time_zone": zone,
            **{f"time_{position}": text for position, text in enumerate(times)},
        }
        super().__init__(data, initial=initial)
        self.fields["time_zone"].choices = zones_with(zone)  # type: ignore[attr-defined]
        posted = sum(1 for name in data or () if name.startswith("time_") and name != "time_zone")
        shown = min(MAX_TIMES, max(1, posted or len(times)) + one_more)
        self.time_names = [f"time_{position}" for position in range(shown)]
        for position, name in enumerate(self.time_names):
            self.fields[name] = _time_field(position)

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
        recurrence = cleaned.get("recurrence")
        if recurrence != Recurrence.WEEKLY:
            self.errors.pop("weekdays", None)
        if recurrence == Recurrence.OFF:
            for name in (*self.time_names, "time_zone"):
                self.errors.pop(name, None)
        return {**cleaned, "times": _in_order(cleaned.get(name) for name in self.time_names)}

    def apply_to(self, schedule: RefreshSchedule) -> RefreshSchedule:
        """Give the schedule what was filled in, without saving it, and return it."""
        for name in ("recurrence", "weekdays", "time_zone", "times"):
            if self.cleaned_data.get(name):
                setattr(schedule, name, self.cleaned_data[name])
        return schedule


def zones_with(stored: str) -> list[Any]:
    """Return the time zones to choose from, with the stored one should it not be among them."""
    choices = time_zone_choices()
    grouped = (each for _name, group in choices if not isinstance(group, str) for each in group)
    offered = {"UTC", *(name for name, _city in grouped)}
    return choices if stored in offered else [(stored, stored), *choices]


def _in_order(times: Iterable[time | None]) -> list[str]:
    return sorted({f"{each:%H:%M}" for each in times if each is not None})


def _time_field(position: int) -> forms.TimeField:
    return forms.TimeField(
        label=_("Time") if position == 0 else _("Time %(number)s") % {"number": position + 1},
        required=position == 0,
        help_text="" if position == 0 else _("Empty it to have one time less."),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
