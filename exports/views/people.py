"""One person across everything: “Where did this person go?”"""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest, contributor_required
from exports.figures import OUTCOMES
from exports.person.columns import address_columns
from exports.person.corrected import find_corrected
from exports.person.forms import SearchForm
from exports.person.history import find_history
from exports.person.standings import find_delivered, find_suppressions
from segments.mentions import Mentioned
from segments.whereabouts import find_in_segments, find_in_sources


@require_http_methods(["GET", "HEAD", "POST"])
@contributor_required
def find(request: SignedInRequest) -> HttpResponse:
    """Ask for an address, and show where it stands; by POST: an address belongs in no URL."""
    form = SearchForm(request.POST or None)
    context: dict[str, object] = {"form": form}
    if form.is_valid():
        context |= _found(Mentioned(form.cleaned_data["email"]), form.cleaned_data["before"])
    response = render(request, "exports/people.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _found(address: Mentioned, before: int | None) -> dict[str, object]:
    history = find_history(address, before=before)
    found: dict[str, object] = {
        "address": address.address,
        "history": history,
        "runs": [
            (each.run, [(OUTCOMES[person.outcome], person) for person in each.people])
            for each in history.runs
        ],
        "is_first_page": before is None,
    }
    if before is None:
        further = address_columns()
        found |= {
            "sources": find_in_sources(address, further=further),
            "corrected": find_corrected(address),
            "segments": find_in_segments(address, further=further),
            "deliveries": find_delivered(address),
            "suppressions": find_suppressions(address),
        }
    return found
