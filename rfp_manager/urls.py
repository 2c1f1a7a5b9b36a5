"""Pages of RFPs. Included at "rfps/"."""

from django.urls import path

from rfp_manager.views import (
    answers,
    bulk,
    commitments,
    confidence,
    describing,
    editions,
    evaluations,
    exports,
    feeding,
    impact,
    information,
    mapping,
    mine,
    packets,
    people,
    prompts,
    question_sets,
    questions,
    reviews,
    rfps,
    submitting,
    unsaved,
    versions,
    work,
)

app_name = "rfp_manager"

_EVALUATIONS = "evaluations/"
_QUESTION = "<int:rfp_id>/questions/<int:question_id>/"
_INFORMATION = "<int:rfp_id>/information/<int:information_id>/"

urlpatterns = [
    path("", rfps.rfp_list, name="list"),
    path("new/", rfps.new, name="new"),
    path("mine/", mine.mine, name="mine"),
    path("mine/<int:question_id>/", mine.mine_answer, name="mine_answer"),
    path("<int:rfp_id>/", rfps.detail, name="detail"),
    path("<int:rfp_id>/edit/", describing.edit, name="edit"),
    path("<int:rfp_id>/original/", rfps.original, name="original"),
    path("<int:rfp_id>/questions/", questions.questions, name="questions"),
    path(_QUESTION, questions.question, name="question"),
    path(f"{_QUESTION}answer/", answers.answer_edit, name="answer_edit"),
    path(f"{_QUESTION}state/", answers.answer_state, name="answer_state"),
    path(f"{_QUESTION}unsaved/", unsaved.keep_unsaved, name="unsaved"),
    path(f"{_QUESTION}unsaved/discard/", unsaved.discard_unsaved, name="unsaved_discard"),
    path(f"{_QUESTION}assign/", people.assign, name="assign"),
    path(f"{_QUESTION}comments/", people.comment, name="comment"),
    path(
        f"{_QUESTION}comments/<int:comment_id>/", people.comment_change, name="comment_change"
    ),
    path(f"{_QUESTION}versions/", versions.versions, name="versions"),
    path(f"{_QUESTION}versions/<int:number>/restore/", versions.restore, name="version_restore"),
    path("<int:rfp_id>/coverage/", questions.coverage, name="coverage"),
    path(f"{_QUESTION}suggestion/", reviews.suggestion, name="suggestion"),
    path("<int:rfp_id>/contradictions/", reviews.contradictions, name="contradictions"),
    path(
        "<int:rfp_id>/contradictions/<int:contradiction_id>/",
        reviews.contradiction,
        name="contradiction",
    ),
    path("<int:rfp_id>/reviewer-test/", reviews.reviewer_test, name="reviewer_test"),
    path("<int:rfp_id>/bulk/", bulk.questions_bulk, name="bulk"),
    path("<int:rfp_id>/draft/", work.start_responder, name="start_responder"),
    path("<int:rfp_id>/review/", work.start_reviewer, name="start_reviewer"),
    path("<int:rfp_id>/draft/estimate/", work.draft_estimate, name="draft_estimate"),
    path("<int:rfp_id>/review/estimate/", work.review_estimate, name="review_estimate"),
    path("<int:rfp_id>/export/", work.export, name="export"),
    path("<int:rfp_id>/exports/", exports.exports, name="exports"),
    path(
        "<int:rfp_id>/exports/<int:export_id>/", exports.export_detail, name="export_detail"
    ),
    path("<int:rfp_id>/submitted/", submitting.submitted, name="submitted"),
    path("changes/", impact.changes, name="changes"),
    path("changes/<int:document_id>/", impact.changed_document, name="changed_document"),
    path("changes/questions/<int:question_id>/", impact.change_check, name="change_check"),
    path("commitments/", commitments.commitments, name="commitments"),
    path("commitments/csv/", commitments.commitments_csv, name="commitments_csv"),
    path(
        "commitments/<int:commitment_id>/", commitments.commitment_decide, name="commitment_decide"
    ),
    path("<int:rfp_id>/information/", information.information, name="information"),
    path("<int:rfp_id>/information/upload/", information.upload, name="information_upload"),
    path(f"{_INFORMATION}summary/", information.summarise, name="information_summarise"),
    path(f"{_INFORMATION}replace/", information.replace, name="information_replace"),
    path(f"{_INFORMATION}remove/", information.remove, name="information_remove"),
    path(
        "<int:rfp_id>/information/due/<int:finding_id>/", information.due, name="information_due"
    ),
    path("<int:rfp_id>/packets/", packets.packets, name="packets"),
    path("packets/bring/", packets.packet_bring, name="packet_bring"),
    path("packets/<int:packet_id>/", packets.packet, name="packet"),
    path("packets/<int:packet_id>/file/", packets.packet_file, name="packet_file"),
    path("<int:rfp_id>/library/", feeding.feed, name="feed"),
    path("<int:rfp_id>/imported/", mapping.imported, name="imported"),
    path("<int:rfp_id>/mapping/", mapping.mapping, name="mapping"),
    path("<int:rfp_id>/edition/", editions.edition, name="edition"),
    path("<int:rfp_id>/edition/choose/", editions.choose, name="edition_choose"),
    path("<int:rfp_id>/edition/take/", editions.take, name="edition_take"),
    path(_EVALUATIONS, evaluations.evaluations, name="evaluations"),
    path(f"{_EVALUATIONS}new/", evaluations.new, name="evaluation_new"),
    path(f"{_EVALUATIONS}estimate/", evaluations.estimate, name="evaluation_estimate"),
    path(f"{_EVALUATIONS}<int:evaluation_id>/", evaluations.detail, name="evaluation"),
    path(f"{_EVALUATIONS}<int:evaluation_id>/decide/", evaluations.decide, name="decide"),
    path(f"{_EVALUATIONS}sets/", question_sets.question_sets, name="question_sets"),
    path(f"{_EVALUATIONS}sets/new/", question_sets.new, name="question_set_new"),
    path(f"{_EVALUATIONS}sets/<int:set_id>/", question_sets.detail, name="question_set"),
    path(f"{_EVALUATIONS}sets/<int:set_id>/remove/", question_sets.remove, name="set_remove"),
    path(f"{_EVALUATIONS}prompts/", prompts.prompts, name="prompts"),
    path(f"{_EVALUATIONS}prompts/new/", prompts.new, name="prompt_new"),
    path(f"{_EVALUATIONS}prompts/<int:prompt_id>/default/", prompts.default, name="prompt_default"),
    path(f"{_EVALUATIONS}changes/", evaluations.changes, name="default_changes"),
    path(f"{_EVALUATIONS}confidence/", confidence.confidence, name="confidence"),
]
