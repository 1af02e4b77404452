"""The words of the sandbox's pages, in English and French."""

from typing import Literal

Language = Literal["en", "fr"]

# What French puts between the digits of a number
THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"

TEXTS: dict[str, tuple[str, str]] = {
    "sandbox": ("ActiveCampaign sandbox", "ActiveCampaign factice"),
    "skip": ("Skip to content", "Aller au contenu"),
    "pages": ("Pages", "Pages"),
    "lists": ("Lists", "Listes"),
    "imports": ("Imports", "Imports"),
    "list": ("List", "Liste"),
    "list_id": ("List ID", "ID de liste"),
    "active": ("Active", "Actifs"),
    "unsubscribed": ("Unsubscribed", "Désabonnés"),
    "bounced": ("Bounced", "Adresses en erreur"),
    "unconfirmed": ("Unconfirmed", "Non confirmés"),
    "is_0": ("unconfirmed", "non confirmé"),
    "is_1": ("active", "actif"),
    "is_2": ("unsubscribed", "désabonné"),
    "is_3": ("bounced", "en erreur"),
    "no_lists": ("There are no lists yet.", "Il n’y a pas encore de liste."),
    "account": (
        "Contacts in the account {name}: {total} of at most {limit}.",
        "Contacts dans le compte {name} : {total} sur {limit} au plus.",
    ),
    "contacts_of": ("Contacts of {name}", "Contacts de {name}"),
    "search": ("Search", "Rechercher"),
    "search_in": (
        "Address, name, phone or company",
        "Adresse, nom, téléphone ou société",
    ),
    "found": ("Contacts: {total}", "Contacts : {total}"),
    "none_found": ("No contact fits.", "Aucun contact ne correspond."),
    "no_contacts": (
        "Nobody is on this list yet.",
        "Il n’y a encore personne sur cette liste.",
    ),
    "email": ("E-mail", "E-mail"),
    "first_name": ("First name", "Prénom"),
    "last_name": ("Last name", "Nom"),
    "phone": ("Phone", "Téléphone"),
    "company": ("Company", "Société"),
    "status": ("Status", "Statut"),
    "tags": ("Tags", "Étiquettes"),
    "automations": ("Automations entered", "Automatisations lancées"),
    "updated": ("Updated", "Modifié"),
    "id": ("ID", "ID"),
    "page_of": ("Page {page} of {pages}", "Page {page} sur {pages}"),
    "paging": ("Paging", "Pagination"),
    "previous": ("Previous page", "Page précédente"),
    "next": ("Next page", "Page suivante"),
    "recent_imports": ("Recent imports", "Imports récents"),
    "imports_told": (
        "Newest first; shown: {shown} of {total}.",
        "Du plus récent au plus ancien ; affichés : {shown} sur {total}.",
    ),
    "no_imports": ("Nothing was imported yet.", "Rien n’a encore été importé."),
    "received": ("Received", "Reçu"),
    "batch": ("Batch ID", "ID du lot"),
    "contacts": ("Contacts", "Contacts"),
    "state": ("State", "État"),
    "waiting": ("waiting", "en attente"),
    "completed": ("completed", "terminé"),
    "failed": ("failed", "échoué"),
    "interrupted": ("interrupted", "interrompu"),
    "created": ("New contacts", "Nouveaux contacts"),
    "in_failure": ("Failed contacts", "Contacts en échec"),
    "skipped": ("Skipped contacts", "Contacts ignorés"),
    "not_found": ("There is no such page", "Cette page n’existe pas"),
    "to_lists": ("All lists", "Toutes les listes"),
    "foot": (
        "These pages ask for no key: whoever reaches this address sees everything. They are"
        " served on 127.0.0.1 only, unless the sandbox was started with another --bind.",
        "Ces pages ne demandent aucune clé : qui atteint cette adresse voit tout. Elles ne sont"
        " servies que sur 127.0.0.1, sauf si le service a été lancé avec un autre --bind.",
    ),
}


class Texts:
    """The words in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._column = 1 if language == "fr" else 0

    def __call__(self, key: str, **values: object) -> str:
        return TEXTS[key][self._column].format(**values)

    def number(self, value: int) -> str:
        """Return a number as it is written in the language."""
        return f"{value:,}".replace(",", THIN_SPACE) if self.language == "fr" else f"{value:,}"


def texts_for(accept_language: str) -> Texts:
    """Return the words in the language that a browser prefers; English if it asks for neither."""
    best: tuple[float, Language] = (0.0, "en")
    for entry in accept_language.lower().split(","):
        name, _, quality = entry.strip().partition(";q=")
        weight = _weight(quality)
        if name.startswith("fr") and weight > best[0]:
            best = (weight, "fr")
        if name.startswith("en") and weight > best[0]:
            best = (weight, "en")
    return Texts(best[1])


def _weight(quality: str) -> float:
    try:
        return float(quality or 1)
    except ValueError:
        return 0.0
