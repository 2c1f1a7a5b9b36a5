from django.http import HttpRequest, HttpResponse
def questions(request: HttpRequest, rfp_id: int) -> HttpResponse: return HttpResponse("")
def question(request: HttpRequest, rfp_id: int, question_id: int) -> HttpResponse: return HttpResponse("")
