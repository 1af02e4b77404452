"""Who changed what, for administrators."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from accounts.audit import describe_entries, list_entries
from accounts.audit_listing import AUDIT
from accounts.permissions import SignedInRequest, administrator_required
from config.listing import render_list


@administrator_required
@require_safe
def show_audit(request: SignedInRequest) -> HttpResponse:
    """Show the audit trail, newest first."""
    listed = AUDIT.of(list_entries(), request)
    listed.page.object_list = describe_entries(list(listed.page))
    return render_list(request, "accounts/audit.html", listed)
