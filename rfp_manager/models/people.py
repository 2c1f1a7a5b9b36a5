"""Who does what on an RFP: assignments, comments, unsaved edits and packets for experts."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from rfp_manager.models.rfps import RFP, Question


class Assignment(models.Model):
    """Who is to answer or check a question, and until when. A question has at most one."""

    question = models.OneToOneField(Question, models.CASCADE, related_name="assignment")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="rfp_assignments"
    )
    due_date = models.DateField(null=True, blank=True)
    note = models.TextField(blank=True)
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    assigned_at = models.DateTimeField(auto_now_add=True)
    declined_at = models.DateTimeField(
        null=True, blank=True, help_text="when the assignee said that it is not theirs"
    )
    declined_because = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["assignee", "due_date"])]

    def __str__(self) -> str:
        return f"question {self.question_id} for {self.assignee_id}"


class QuestionComment(models.Model):
    """What a person has to say about a question or its answer, to those who work on it."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="comments")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    text = models.TextField()
    mentioned = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="rfp_mentions"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="rfp_comment_says_something")
        ]

    def __str__(self) -> str:
        return self.text[:60]


class UnsavedEdit(models.Model):
    """What a person is typing into an answer: kept as they type, gone when they save it."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="unsaved_edits")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    text = models.TextField(blank=True)
    choice = models.CharField(max_length=300, blank=True)
    comment = models.TextField(blank=True)
    base_version = models.PositiveIntegerField(help_text="of the answer; 0 where there was none")
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["question", "user"], name="rfp_unsaved_edit_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} at question {self.question_id}"


class ExpertPacket(models.Model):
    """A sheet with some questions that an expert fills in offline and sends back."""

    rfp = models.ForeignKey(RFP, models.CASCADE, related_name="expert_packets")
    token = models.CharField(max_length=64, unique=True, help_text="names the packet in its file")
    expert = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    expert_name = models.CharField(max_length=200, blank=True)
    contents = models.JSONField(default=dict, help_text="question: version of its answer")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField(auto_now_add=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    returned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    outcome = models.JSONField(default=dict, blank=True, help_text="what became of each row")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{len(self.contents)} questions for {self.expert_name}"
