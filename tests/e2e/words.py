"""What stands on the screen: journeys are written in English and find the French word here."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from config.translations.catalogs import catalog_files, read

Say = Callable[[str], str]

# The words that are fixed, whatever the catalogue says: users know them from Customer Insights.
LABELS = {
    "Add connection": "Ajouter une connexion",
    "Set up connection": "Configurer la connexion",
    "Display name": "Nom d’affichage",
    "Choose who can use this connection": "Choisir qui peut utiliser cette connexion",
    "API key": "Clé API",
    "REST Endpoint Hostname": "Nom d’hôte du point de terminaison REST",
    "Data privacy and compliance": "Confidentialité et conformité des données",
    "I agree": "J’accepte",
    "Connect": "Connecter",
    "Add yourself as export user": "Vous ajouter en tant qu’utilisateur à exporter",
    "Add export": "Ajouter une destination",
    "Set up export": "Configurer l’exportation",
    "Connection for export": "Connexion pour l’exportation",
    "ActiveCampaign List ID": "ID de liste ActiveCampaign",
    "Data matching": "Mise en correspondance des données",
    "Email": "E-mail",
    "First name": "Prénom",
    "Last name": "Nom",
    "Phone": "Téléphone",
    "Add attribute": "Ajouter un attribut",
    "Save": "Enregistrer",
    "Run": "Exécuter",
    "Edit": "Modifier",
    "Remove": "Supprimer",
    "Detach connection": "Détacher la connexion",
    "Add segment": "Ajouter un segment",
    "Successful": "Opération réussie",
    "Completed with rejects": "Terminée avec des rejets",
}


def words(language: str) -> Say:
    """Return a function from an English text to what a page shows in its place.

    It raises LookupError for a text without a translation.
    """
    return _as_it_is if language == "en" else _in_french


def _as_it_is(text: str) -> str:
    return text


def _in_french(text: str) -> str:
    if label := LABELS.get(text):
        return label
    if text not in french_texts() or not french_texts()[text]:
        raise LookupError(f"There is no French for {text!r}.")
    return french_texts()[text]


@cache
def french_texts() -> dict[str, str]:
    """Return the catalogue: French by English, the singular of what has a plural."""
    (path,) = catalog_files(Path(__file__).resolve().parents[2])
    return {
        _first(message.id): _first(message.string or "") for message in read(path) if message.id
    }


def _first(text: str | list[str] | tuple[str, ...]) -> str:
    return text if isinstance(text, str) else text[0]
