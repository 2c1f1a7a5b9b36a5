"""Pages of RFPs. Included at "rfps/"."""

from django.urls import path

from rfp_manager.views import answers, questions, rfps, work

app_name = "rfp_manager"

_QUESTION = "<int:rfp_id>/questions/<int:question_id>/"

urlpatterns = [
    path("", rfps.rfp_list, name="list"),
    path("new/", rfps.new, name="new"),
    path("<int:rfp_id>/", rfps.detail, name="detail"),
    path("<int:rfp_id>/original/", rfps.original, name="original"),
    path("<int:rfp_id>/questions/", questions.questions, name="questions"),
    path(_QUESTION, questions.question, name="question"),
    path(f"{_QUESTION}answer/", answers.answer_edit, name="answer_edit"),
    path(f"{_QUESTION}state/", answers.answer_state, name="answer_state"),
    path("<int:rfp_id>/draft/", work.start_responder, name="start_responder"),
    path("<int:rfp_id>/review/", work.start_reviewer, name="start_reviewer"),
    path("<int:rfp_id>/export/", work.export, name="export"),
]
