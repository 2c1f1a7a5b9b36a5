"""Places where data may be said to be kept, as they are written in four languages."""

import re

_REGIONS = (
    "EU", "UE", "EEA", "EWR", "EEE", "European Union", "European Economic Area", "Europe",
    "Europäische Union", "Europäischen Union", "Europäischen Wirtschaftsraum", "Europa",
    "Union européenne", "Espace économique européen", "Unión Europea", "Espacio Económico Europeo",
    "DACH", "USA", "US", "U.S.", "EE. UU.", "Estados Unidos", "États-Unis", "Vereinigte Staaten",
    "Vereinigten Staaten", "United States", "UK", "United Kingdom", "Royaume-Uni", "Reino Unido",
    "Vereinigtes Königreich", "Vereinigten Königreich", "North America", "Nordamerika", "APAC",
)  # fmt: skip
_COUNTRIES = (
    "Australia", "Australien", "Australie", "Austria", "Österreich", "Autriche", "Belgium",
    "Belgien", "Belgique", "Bélgica", "Brazil", "Brasilien", "Brésil", "Brasil", "Canada",
    "Kanada", "Canadá", "Chile", "China", "Chine", "Croatia", "Kroatien", "Czech Republic",
    "Czechia", "Tschechien", "Denmark", "Dänemark", "Danemark", "Dinamarca", "Estonia", "Estland",
    "Estonie", "Finland", "Finnland", "Finlande", "Finlandia", "France", "Frankreich", "Francia",
    "Germany", "Deutschland", "Allemagne", "Alemania", "Greece", "Griechenland", "Hong Kong",
    "Hungary", "Ungarn", "Iceland", "Island", "India", "Indien", "Inde", "Ireland", "Irland",
    "Irlande", "Irlanda", "Israel", "Italy", "Italien", "Italie", "Italia", "Japan", "Japon",
    "Japón", "Korea", "Latvia", "Lettland", "Liechtenstein", "Lithuania", "Litauen",
    "Luxembourg", "Luxemburg", "Luxemburgo", "Malta", "Mexico", "Mexiko", "Mexique", "México",
    "Netherlands", "Niederlande", "Niederlanden", "Pays-Bas", "Países Bajos", "New Zealand",
    "Neuseeland", "Norway", "Norwegen", "Norvège", "Noruega", "Poland", "Polen", "Pologne",
    "Polonia", "Portugal", "Romania", "Rumänien", "Saudi Arabia", "Singapore", "Singapur",
    "Singapour", "Slovakia", "Slowakei", "Slovenia", "Slowenien", "South Africa", "Südafrika",
    "Spain", "Spanien", "Espagne", "España", "Sweden", "Schweden", "Suède", "Suecia",
    "Switzerland", "Schweiz", "Suisse", "Suiza", "Taiwan", "Turkey", "Türkei",
    "United Arab Emirates",
)  # fmt: skip
_CITIES = (
    "Amsterdam", "Athens", "Barcelona", "Berlin", "Brussels", "Brüssel", "Bruxelles", "Chicago",
    "Copenhagen", "Dallas", "Dublin", "Düsseldorf", "Falkenstein", "Frankfurt", "Francfort",
    "Fráncfort", "Geneva", "Genf", "Genève", "Gravelines", "Hamburg", "Helsinki", "Iowa", "Lisbon",
    "London", "Londres", "Lyon", "Madrid", "Magdeburg", "Marseille", "Melbourne", "Milan",
    "Montreal", "Montréal", "Mumbai", "Munich", "München", "Nuremberg", "Nürnberg", "Ohio",
    "Oregon", "Osaka", "Oslo", "Paris", "Prague", "Roubaix", "São Paulo", "Seoul", "Stockholm",
    "Strasbourg", "Sydney", "Tokyo", "Toronto", "Vienna", "Virginia", "Warsaw", "Wien", "Zurich",
    "Zürich",
)  # fmt: skip
_NAMES = sorted({*_REGIONS, *_COUNTRIES, *_CITIES}, key=len, reverse=True)
_PLACE = "|".join(re.escape(name) for name in _NAMES)

#: One place or several ("Frankfurt and Dublin"); as written, for "us" and "island" are words.
PLACES = re.compile(
    rf"(?<!\w)(?:{_PLACE})(?!\w)(?:(?:,| and| or| und| oder| et| ou| y| o|, and) "
    rf"(?:the |in |der |la |en )?(?:{_PLACE})(?!\w))*"
)
