"""The words of passages: an inverted index in segments, and the vocabulary for misspelt words."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class LexicalSegment(models.Model):
    """The inverted index of some versions' passages. It is never changed: passages that are gone
    are passed over in a search, until their segment is merged with others into a new one.

    A passage is known by its place, from 0. What each place holds stands here in arrays of
    numbers in little-endian order."""

    passages = models.PositiveIntegerField()
    length = models.PositiveBigIntegerField(help_text="words of all its passages")
    chunks = models.BinaryField(help_text="int64 for each place: the chunk's id")
    lengths = models.BinaryField(help_text="uint32 for each place: words of the passage")
    owners = models.BinaryField(help_text="uint32 for each place: which of its versions")
    tongues = models.BinaryField(help_text="uint8 for each place: which of its languages")
    versions = models.BinaryField(help_text="int64: ids, in order")
    languages = ArrayField(
        models.CharField(max_length=20), help_text="configurations that made its lexemes"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"segment {self.pk} of {self.passages} passages"


class LexicalPosting(models.Model):
    """Where one lexeme stands in one segment, as arrays of numbers in little-endian order."""

    pk = models.CompositePrimaryKey("lexeme", "language", "segment")
    # No foreign key in the database: to check it for each of a segment's 100,000 rows takes
    # longer than to write them. They are written and deleted with their segment.
    segment = models.ForeignKey(
        LexicalSegment, models.CASCADE, related_name="postings", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    language = models.CharField(max_length=20, help_text="the configuration that made the lexeme")
    lexeme = models.TextField(db_collation="C")
    passages = models.PositiveIntegerField(help_text="how many hold it")
    places = models.BinaryField(help_text="uint16, or uint32 in a segment of more places; empty "
                                "where most hold it")  # fmt: skip
    counts = models.BinaryField(help_text="uint8: how often each of them holds it, or each place")

    class Meta:
        indexes = [models.Index(fields=["segment"], name="library_postings_of_segment")]

    def __str__(self) -> str:
        return f"{self.lexeme} in segment {self.segment_id}"


class LexicalWord(models.Model):
    """A word of the library in small letters, to offer it to somebody who has misspelt it."""

    word = models.CharField(max_length=40, primary_key=True, db_collation="C")
    pieces = ArrayField(
        models.CharField(max_length=44), help_text="parts that survive a slip: see vocabulary.py"
    )

    class Meta:
        indexes = [GinIndex(fields=["pieces"], name="library_word_pieces")]

    def __str__(self) -> str:
        return self.word
