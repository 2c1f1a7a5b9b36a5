"""Tender documents as buyers write them, with the dates and criteria that a person reads in them.

DATES: (role, day, "" or a time that the finding must name). CRITERIA: (words of the name, weight).
What is not listed must not be found.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Tender:
    name: str
    text: str
    dates: tuple[tuple[str, date | None, str], ...]
    criteria: tuple[tuple[str, float | None], ...] = ()


S, Q, A, B, X = "Submission", "Deadline for questions", "Award", "Start", "Date"
TENDERS = (
    Tender(
        "letter",
        """# Invitation to tender: claims platform

Version 2.1, dated 4 January 2027

## Introduction

Founded in 1987, the authority serves 40 % of the region's households. In 2025 it handled 1.2
million claims. Our data centre contract ends on 31 December 2028.

## How to respond

Requests for clarification must reach us no later than 17:00 GMT on 8 February 2027. Tenders must
be received by 12 noon on Friday 26 February 2027; late tenders will not be opened. We expect to
award the contract by 19 April 2027, and services will commence on 1 June 2027.

## Evaluation

Tenders will be evaluated on the following basis: price 40%, technical merit 45% and social value
15%. A discount of 5% for early payment will not be considered. Services shall be available 99.5%
of the time.
""",
        (
            (Q, date(2027, 2, 8), "17:00 GMT"),
            (S, date(2027, 2, 26), "noon"),
            (A, date(2027, 4, 19), ""),
            (B, date(2027, 6, 1), ""),
        ),
        (("price", 40), ("technical merit", 45), ("social value", 15)),
    ),
    Tender(
        "american table",
        """# Request for Proposal 27-113

## Schedule of Events

| Event | Date |
|---|---|
| RFP issued | 01/15/2027 |
| Pre-proposal conference | 01/28/2027 |
| Written questions due | 02/05/2027, 5:00 p.m. ET |
| Responses to questions posted | 02/12/2027 |
| Proposal due date | 03/02/2027, 2:00 PM EST |
| Anticipated award | April 2027 |

## Evaluation Criteria

| Criterion | Maximum points |
|---|---|
| Understanding of the project | 30 |
| Experience and references | 45 |
| Cost | 75 |
| Total | 150 |

Vendors must carry insurance of $1,000,000 as of January 1, 2027.
""",
        (
            (X, date(2027, 1, 15), ""),
            (X, date(2027, 1, 28), ""),
            (Q, date(2027, 2, 5), "5:00 p.m. ET"),
            (X, date(2027, 2, 12), ""),
            (S, date(2027, 3, 2), "2:00 PM EST"),
            (A, None, ""),
        ),
        (("understanding", 20), ("experience", 30), ("cost", 50)),
    ),
    Tender(
        "vergabe",
        """# Aufforderung zur Angebotsabgabe

Stand: 11.01.2027

## 3 Fristen

Fragen zu den Vergabeunterlagen sind bis spätestens 5. Februar 2027 über die Vergabeplattform zu
stellen. Die Angebotsfrist endet am 22.02.2027 um 10:00 Uhr. Die Bindefrist läuft bis zum
30.04.2027. Der Zuschlag soll bis zum 31. März 2027 erteilt werden. Vertragsbeginn ist der
01.05.2027.

## 4 Zuschlagskriterien

| Kriterium | Gewichtung |
|---|---|
| Preis | 50 % |
| Fachliches Konzept | 30 % |
| Präsentation | 20 % |

## 5 Vertragsbedingungen

Die Verfügbarkeit muss mindestens 99,5 % betragen. Bei Verzug fällt eine Vertragsstrafe von 0,2 %
an. Der Auftragnehmer hat alle Daten innerhalb der Europäischen Union zu speichern.
""",
        (
            (Q, date(2027, 2, 5), ""),
            (S, date(2027, 2, 22), "10:00 Uhr"),
            (A, date(2027, 3, 31), ""),
            (B, date(2027, 5, 1), ""),
        ),
        (("preis", 50), ("fachliches konzept", 30), ("präsentation", 20)),
    ),
    Tender(
        "terminplan",
        """# Leistungsbeschreibung IT-Betrieb

## Terminplan

- Versand der Unterlagen: 18.01.27
- Bieterfragen bis: 29.01.27
- Abgabe der Angebote: 19.02.27, 12 Uhr
- Bieterpräsentationen: 08.03.27
- Zuschlagserteilung: 29.03.27
- Projektstart: 12.04.27

## Bewertung

Die Angebote werden nach Punkten bewertet. Es werden maximal 60 Punkte für die Qualität und
maximal 40 Punkte für den Preis vergeben.

## Hintergrund

Das heutige System wurde am 3. Mai 2019 eingeführt. 80 % der Vorgänge laufen automatisch.
""",
        (
            (X, date(2027, 1, 18), ""),
            (Q, date(2027, 1, 29), ""),
            (S, date(2027, 2, 19), "12 Uhr"),
            (X, date(2027, 3, 8), ""),
            (A, date(2027, 3, 29), ""),
            (B, date(2027, 4, 12), ""),
        ),
        (("qualität", 60), ("preis", 40)),
    ),
    Tender(
        "reglement",
        """# Règlement de la consultation

## Article 4 – Conditions

Date et heure limites de remise des offres : le 15 mars 2027 à 12h00 (heure de Paris).

Les candidats peuvent poser leurs questions, par demandes de renseignements complémentaires, au
plus tard le 5 mars 2027. Le délai de validité des offres est de 120 jours.

La date prévisionnelle de début des prestations est le 1er juin 2027.

## Article 7 – Jugement des offres

Les critères d'attribution sont pondérés comme suit :

- Prix des prestations : 40 %
- Valeur technique : 50 %
- Performances environnementales : 10 %

Une avance de 30 % est versée au titulaire. Les pénalités sont de 1 % par jour.
""",
        (
            (S, date(2027, 3, 15), "12h00"),
            (Q, date(2027, 3, 5), ""),
            (B, date(2027, 6, 1), ""),
        ),
        (("prix", 40), ("valeur technique", 50), ("performances", 10)),
    ),
    Tender(
        "calendrier",
        """# Cahier des charges

## Calendrier prévisionnel

| Étape | Date |
|---|---|
| Publication | 11/01/2027 |
| Date limite des questions | 29/01/2027 |
| Date limite de réception des offres | 15/02/2027 à 17h30 |
| Notification du marché | 31/03/2027 |
| Démarrage | 03/05/2027 |

## Contexte

La direction a lancé son schéma directeur le 12 septembre 2024. Le taux de disponibilité est de
99,8 %.
""",
        (
            (X, date(2027, 1, 11), ""),
            (Q, date(2027, 1, 29), ""),
            (S, date(2027, 2, 15), "17h30"),
            (A, date(2027, 3, 31), ""),
            (B, date(2027, 5, 3), ""),
        ),
    ),
    Tender(
        "statement of work",
        """# Statement of Work

## 1 Background

The current vendor was selected on 14 March 2022. The system was updated in May 2025.

## 2 Period of performance

The period of performance starts on July 1, 2027.

## 3 Service levels

| Service | Target |
|---|---|
| Availability | 99.9 % |
| Response within an hour | 95 % |

## 4 Invoices

The contractor shall submit invoices by the 5th of each month. 30% is paid on signature and 70% on
acceptance.
""",
        ((B, date(2027, 7, 1), ""),),
    ),
    Tender(
        "weights in words",
        """# Instructions to bidders

The closing date for submissions is 2027-04-09 at 16:00 CEST.

Enquiries may be sent to the buyer until 2027-03-26.

## Award criteria and weighting

The technical score counts for 70 per cent of the total and the financial score for 30 per cent.

## Minimum requirements

Annual turnover of at least EUR 2 million in 2025 and 2026. Bidders must employ ten engineers.
""",
        (
            (S, date(2027, 4, 9), "16:00 CEST"),
            (Q, date(2027, 3, 26), ""),
        ),
        (("technical score", 70), ("financial score", 30)),
    ),
)
