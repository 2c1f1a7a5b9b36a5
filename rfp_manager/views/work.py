from django.http import HttpRequest, HttpResponse
def start_responder(request: HttpRequest, rfp_id: int) -> HttpResponse: return HttpResponse("")
def start_reviewer(request: HttpRequest, rfp_id: int) -> HttpResponse: return HttpResponse("")
def export(request: HttpRequest, rfp_id: int) -> HttpResponse: return HttpResponse("")
