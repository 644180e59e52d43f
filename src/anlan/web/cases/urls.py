"""Addresses of cases and offices."""

from __future__ import annotations

from django.urls import path

from anlan.web.cases import documents, links, offices, tasks, views
from anlan.web.cases.posted import posted

_CASE = "<slug:key>/cases/<slug:type>/<int:number>"

urlpatterns = [
    path("<slug:key>/cases", views.index, name="cases"),
    path("<slug:key>/cases/<slug:type>", views.case_list, name="case_list"),
    path(_CASE, views.case, name="case"),
    path(f"{_CASE}/do/<slug:action>", posted(views.act), name="case_act"),
    path(f"{_CASE}/proposals/<int:proposal>", posted(views.decide), name="case_decide"),
    path(f"{_CASE}/open", posted(views.open_words), name="case_open"),
    path(f"{_CASE}/tasks/<int:task>/done", posted(tasks.done), name="case_task_done"),
    path(f"{_CASE}/hide", posted(views.hide_words), name="case_hide"),
    path(f"{_CASE}/links", links.links, name="case_links"),
    path(f"{_CASE}/links/<int:link>/end", posted(links.end), name="case_link_end"),
    path(f"{_CASE}/documents", posted(documents.add), name="case_document_add"),
    path(f"{_CASE}/documents/<int:document>", posted(documents.hand_out), name="case_document"),
    path(
        f"{_CASE}/documents/<int:document>/remove",
        posted(documents.remove),
        name="case_document_remove",
    ),
    path("<slug:key>/to-do", tasks.to_do, name="to_do"),
    path("<slug:key>/offices", offices.offices, name="offices"),
    path("<slug:key>/cases/", views.without_slash),  # as they may be typed
    path("<slug:key>/cases/<path:rest>/", views.without_slash),
    path("<slug:key>/offices/", views.without_slash),
    path("<slug:key>/to-do/", views.without_slash),
]
