from django.http import HttpRequest, HttpResponse
def answer_edit(request: HttpRequest, rfp_id: int, question_id: int) -> HttpResponse: return HttpResponse("")
def answer_state(request: HttpRequest, rfp_id: int, question_id: int) -> HttpResponse: return HttpResponse("")
