"""同一个人, and taking it back: the register's pages send it here, where running rounds can follow."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lianfang.campaigns.operations import merging
from lianfang.core.problems import Problem
from lianfang.register.doubles.merging import FIELDS, get_double
from lianfang.register.views.doubles import next_pair


@require_POST
def double_merge(request: HttpRequest, double_id: int) -> HttpResponse:
    """`keep`: a or b, whose row stays; `pick_FIELD`: a or b, whose value holds."""
    double = get_double(request.scope, double_id)
    keep = request.POST.get("keep", "")
    if keep not in ("a", "b"):
        raise Problem("register.not_two")
    other = "b" if keep == "a" else "a"
    take = [field for field in FIELDS if request.POST.get(f"pick_{field}") == other]
    done = merging.merge_double(
        double_id=double_id,
        keep_id=double.person_a_id if keep == "a" else double.person_b_id,
        take=take,
        scope=request.scope,
        by=request.actor.id,
    )
    messages.success(request, _("已合并。30天内可以撤销。"))
    return next_pair(request, last=f"m{done.pk}")


@require_POST
def merge_undo(request: HttpRequest, merge_id: int) -> HttpResponse:
    done = merging.undo_merge(merge_id=merge_id, scope=request.scope, by=request.actor.id)
    messages.success(request, _("已撤销，两条都恢复成合并前的样子。"))
    pair = sorted((done.kept_id, done.dropped_id))
    found = merging.Double.objects.filter(request.scope.q(), person_a_id=pair[0], person_b_id=pair[1]).first()
    return redirect("double", found.pk) if found else redirect("doubles")
