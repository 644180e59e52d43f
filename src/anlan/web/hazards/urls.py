"""Addresses of hazards' pages."""

from __future__ import annotations

from django.urls import path

from anlan.web.hazards import checklists, hazards, inspections, premises, rechecks

urlpatterns = [
    path("round-worker.js", inspections.round_worker, name="round_worker"),
    path("<slug:key>/premises", premises.register, name="premises"),
    path("<slug:key>/premises/<str:ident>", premises.one, name="premises_one"),
    path("<slug:key>/inspections", inspections.plan, name="inspections"),
    path("<slug:key>/inspections/<int:number>", inspections.inspection, name="inspection"),
    path("<slug:key>/inspections/<int:number>/photo", inspections.photo, name="inspection_photo"),
    path("<slug:key>/checklists", checklists.checklists, name="checklists"),
    path("<slug:key>/hazards/overdue", hazards.overdue, name="hazards_overdue"),
    path("<slug:key>/hazards/<int:number>/recheck", rechecks.recheck, name="hazard_recheck"),
    path("<slug:key>/hazards/new", hazards.new, name="hazard_new"),
]
