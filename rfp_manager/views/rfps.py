from django.http import HttpRequest, HttpResponse
def rfp_list(request: HttpRequest) -> HttpResponse: return HttpResponse("list")
def new(request: HttpRequest) -> HttpResponse: return HttpResponse("new")
def detail(request: HttpRequest, rfp_id: int) -> HttpResponse: return HttpResponse("detail")
def original(request: HttpRequest, rfp_id: int) -> HttpResponse: return HttpResponse("original")
