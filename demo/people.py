"""Sample customers: made up, the same every time, from many countries, and not all in order."""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

HEADER = (
    "customer_id",
    "first_name",
    "last_name",
    "company",
    "country",
    "city",
    "phone",
    "email",
    "interests",
    "born_on",
    "orders",
    "total_spent",
    "last_order_on",
)


@dataclass(frozen=True)
class Country:
    """Where samples live, and what people are called there."""

    name: str
    calling_code: str
    domain: str
    cities: tuple[str, ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]


COUNTRIES = (
    Country(
        "France",
        "+33",
        "courrier.example",
        ("Lyon", "Nîmes", "Saint-Étienne", "Besançon"),
        ("Zoé", "Anaïs", "François", "Jérôme", "Léa", "Maëlle"),
        ("Lefèvre", "Garçon", "Dubois", "Le Goff", "d’Aubigné"),
    ),
    Country(
        "Germany",
        "+49",
        "post.example",
        ("Köln", "München", "Düsseldorf", "Leipzig"),
        ("Jürgen", "Käthe", "Björn", "Sophie", "Jörg"),
        ("Müller", "Groß", "Schäfer", "von der Heide"),
    ),
    Country(
        "Canada",
        "+1",
        "mail.example",
        ("Montréal", "Québec", "Toronto", "Halifax"),
        ("Noémie", "Liam", "Émile", "Ava"),
        ("Tremblay", "O’Brien", "Gagnon", "Smith"),
    ),
    Country(
        "Brazil",
        "+55",
        "correio.example",
        ("São Paulo", "Brasília", "Florianópolis"),
        ("João", "Conceição", "Luís", "Antônia"),
        ("Gonçalves", "Araújo", "Magalhães", "Simões"),
    ),
    Country(
        "Poland",
        "+48",
        "poczta.example",
        ("Łódź", "Kraków", "Gdańsk"),
        ("Łukasz", "Małgorzata", "Paweł", "Żaneta"),
        ("Wójcik", "Dąbrowski", "Źrebiec"),
    ),
    Country(
        "Japan",
        "+81",
        "tegami.example",
        ("東京", "大阪", "京都"),
        ("さくら", "健太", "美咲"),
        ("佐藤", "鈴木", "高橋"),
    ),
    Country(
        "Greece",
        "+30",
        "tachydromeio.example",
        ("Αθήνα", "Θεσσαλονίκη"),
        ("Ελένη", "Γιώργος", "Μαρία"),
        ("Παπαδόπουλος", "Νικολάου"),
    ),
)
COMPANIES = ("", "", "", "Société Générale du Thé", "Kaffee & Söhne", "Padaria Estrela, Ltda")
INTERESTS = ("tea", "coffee", "stationery", "maps", "music")


def sample_people(count: int) -> Iterator[dict[str, str]]:
    """Yield so many customers, one dictionary a row; about one in forty can't be delivered."""
    dice = random.Random(1653)  # noqa: S311 - the year Paris got its first letter boxes
    earlier = "jean.dupont@courrier.example"
    for number in range(1, count + 1):
        person = _person(dice, number)
        match number % 120:
            case 17:
                person["email"] = ""
            case 58:
                person["email"] = person["email"].replace("@", " at ")
            case 99:
                person["email"] = earlier.upper()
        if "@" in person["email"]:
            earlier = person["email"]
        yield person


def sample_csv(count: int) -> bytes:
    """Return the sample customers as a CSV file in UTF-8."""
    text = StringIO(newline="")
    writer = csv.DictWriter(text, HEADER)
    writer.writeheader()
    writer.writerows(sample_people(count))
    return text.getvalue().encode()


def _person(dice: random.Random, number: int) -> dict[str, str]:
    country = dice.choice(COUNTRIES)
    orders = min(int(dice.expovariate(0.25)), 40)
    return {
        "customer_id": f"C{number:06}",
        "first_name": dice.choice(country.first_names),
        "last_name": dice.choice(country.last_names),
        "company": dice.choice(COMPANIES),
        "country": country.name,
        "city": dice.choice(country.cities),
        "phone": f"{country.calling_code} {dice.randrange(10**8, 10**9)}",
        "email": f"customer.{number}@{country.domain}",
        "interests": ";".join(sorted(dice.sample(INTERESTS, dice.randrange(4)))),
        "born_on": _day(dice, dice.randrange(1940, 2007)),
        "orders": str(orders),
        "total_spent": f"{orders * dice.uniform(4, 60):.2f}",
        "last_order_on": _day(dice, 2026 if orders > 4 else 2025) if orders else "",
    }


def _day(dice: random.Random, year: int) -> str:
    return f"{year}-{dice.randrange(1, 11):02}-{dice.randrange(1, 29):02}"
