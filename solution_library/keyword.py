"""Finds passages by their words: BM25."""

from django.db import connection

from solution_library.hits import Ranked, Worded
from solution_library.lexical import configuration_for, lexical_text
from solution_library.scoping import Scope

# BM25 with the usual k1 = 1.2 and b = 0.75, document frequencies counted within the scope.
KEYWORD = """
WITH terms AS (
    SELECT DISTINCT lexeme FROM unnest(to_tsvector(%(language)s::regconfig, %(query)s))
), scope AS (
    SELECT count(*)::float AS n, greatest(avg(c.length), 1)::float AS mean
    FROM solution_library_chunk c {within}
), found AS MATERIALIZED (
    SELECT c.id, c.length, c.language, u.lexeme, cardinality(u.positions)::float AS tf
    FROM (SELECT c.id, c.length, c.language, c.lexemes
          FROM solution_library_chunk c {within} AND c.lexemes @@ %(any)s::tsquery) c,
         LATERAL unnest(c.lexemes) u
    WHERE u.lexeme IN (SELECT lexeme FROM terms)
), weight AS (
    SELECT lexeme, ln(1 + (scope.n - count(*) + 0.5) / (count(*) + 0.5)) AS idf
    FROM found, scope GROUP BY lexeme, scope.n
)
SELECT found.id, sum(idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * length / scope.mean))) AS score,
       min(found.language) AS language
FROM found JOIN weight USING (lexeme), scope
GROUP BY found.id ORDER BY score DESC, found.id LIMIT %(limit)s
"""
TERMS = "SELECT lexeme FROM unnest(to_tsvector(%s::regconfig, %s))"


def by_words(query: str, scope: Scope) -> Worded:
    """The passages in scope that share words with `query`, best first."""
    language, text = configuration_for(query), lexical_text(query)
    with connection.cursor() as cursor:
        cursor.execute(TERMS, [language, text])
        lexemes = [row[0] for row in cursor.fetchall()]
        if not lexemes:
            return Worded(language=language)
        any_of = " | ".join(_quoted(lexeme) for lexeme in lexemes)
        values = {"language": language, "query": text, "any": any_of}
        cursor.execute(KEYWORD.format(within=scope.within("c")), scope.values() | values)
        return Worded([Ranked(*row) for row in cursor.fetchall()], language)


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
