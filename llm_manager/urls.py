"""Pages of LLM APIs and models. Included at "models/"."""

from django.urls import path

from llm_manager.views import apis, budgets, llm_models, overview, usage

app_name = "llm_manager"
urlpatterns = [
    path("", overview.models, name="models"),
    path("apis/new/", apis.api_new, name="api_new"),
    path("apis/<int:api_id>/", apis.api, name="api"),
    path("apis/<int:api_id>/edit/", apis.api_edit, name="api_edit"),
    path("apis/<int:api_id>/switch/", apis.api_switch, name="api_switch"),
    path("apis/<int:api_id>/delete/", apis.api_delete, name="api_delete"),
    path("apis/<int:api_id>/models/new/", llm_models.model_new, name="model_new"),
    path("model/<int:model_pk>/", llm_models.model_edit, name="model_edit"),
    path("model/<int:model_pk>/price/", llm_models.model_listed_price, name="model_listed_price"),
    path("model/<int:model_pk>/default/", llm_models.model_default, name="model_default"),
    path("usage/", usage.usage, name="usage"),
    path("usage/calls.csv", usage.usage_csv, name="usage_csv"),
    path("budgets/", budgets.budgets, name="budgets"),
    path("budgets/new/", budgets.budget_new, name="budget_new"),
    path("budgets/<int:budget_id>/", budgets.budget_edit, name="budget_edit"),
    path("budgets/<int:budget_id>/switch/", budgets.budget_switch, name="budget_switch"),
    path("<int:api_id>/test/", apis.test_api, name="test_api"),
]
