from django.urls import path

from llm_manager import views

app_name = "llm_manager"
urlpatterns = [
    path("", views.models, name="models"),
    path("<int:api_id>/test/", views.test_api, name="test_api"),
]
