from django.urls import path

from llm_manager.views import apis, overview

app_name = "llm_manager"
urlpatterns = [
    path("", overview.models, name="models"),
    path("<int:api_id>/test/", apis.test_api, name="test_api"),
]
