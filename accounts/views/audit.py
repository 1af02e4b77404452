"""Who changed what, for administrators."""

from typing import Any

from auditlog.models import LogEntry
from django.db.models import QuerySet
from django.views.generic import ListView

from accounts.audit import describe_entries, find_entries
from accounts.forms import AuditFilterForm
from accounts.permissions import AdministratorRequiredMixin


class AuditView(AdministratorRequiredMixin, ListView):  # type: ignore[type-arg]
    """The audit trail, newest first, filtered by person, kind of object and days."""

    template_name = "accounts/audit.html"
    paginate_by = 50

    def get_queryset(self) -> QuerySet[LogEntry]:
        self.form = AuditFilterForm(self.request.GET)
        # A filter that makes no sense shows its error, and everything.
        return find_entries(**(self.form.cleaned_data if self.form.is_valid() else {}))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return {
            **context,
            "form": self.form,
            "events": describe_entries(context["object_list"]),
        }
