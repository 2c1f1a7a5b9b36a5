"""The words of passages: an inverted index in segments, and the vocabulary for misspelt words."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class LexicalSegment(models.Model):
    """The inverted index of some versions' passages. It is never changed: passages that are gone
    are passed over in a search, until their segment is merged with others into a new one."""

    is_ready = models.BooleanField(default=False)
    first_chunk = models.PositiveBigIntegerField(default=0, help_text="what its places count from")
    passages = models.PositiveIntegerField(default=0)
    length = models.PositiveBigIntegerField(default=0, help_text="lexemes of all its passages")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"segment {self.pk} of {self.passages} passages"


class LexicalPosting(models.Model):
    """Where one lexeme stands in one segment, as arrays of numbers in little-endian order."""

    segment = models.ForeignKey(
        LexicalSegment, models.CASCADE, related_name="postings", db_index=False
    )
    language = models.CharField(max_length=20, help_text="the configuration that made the lexeme")
    lexeme = models.TextField()
    passages = models.PositiveIntegerField(help_text="how many hold it")
    places = models.BinaryField(help_text="uint32: chunk ids, less the segment's first")
    counts = models.BinaryField(help_text="uint8: how often each holds it")
    lengths = models.BinaryField(help_text="uint16: how many lexemes each has")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lexeme", "language", "segment"], name="library_posting_once"
            )
        ]
        indexes = [models.Index(fields=["segment"], name="library_postings_of_segment")]

    def __str__(self) -> str:
        return f"{self.lexeme} in segment {self.segment_id}"


class LexicalWord(models.Model):
    """A word as the library writes it, to offer it to somebody who has misspelt it."""

    word = models.CharField(max_length=60, primary_key=True)
    trigrams = ArrayField(models.CharField(max_length=3))

    class Meta:
        indexes = [GinIndex(fields=["trigrams"], name="library_word_trigrams")]

    def __str__(self) -> str:
        return self.word
