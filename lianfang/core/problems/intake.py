"""What comes in from phones, sheets and paper."""

from __future__ import annotations

from lianfang.core.problems.words import N_

PROBLEMS: dict[str, tuple[int, str]] = {
    "intake.bad_operation": (400, N_("这条记录格式不对：{detail}。原文已收下，在“待处理”里。")),
    "intake.malformed": (400, N_("送来的内容不是约定的格式：{detail}。一条也没有收下，请检查程序后再送。")),
    "visits.two_answers": (409, N_("另有人登记得不一样。两次都已收下，等村负责人确认。")),
    "sync.too_many_doors": (409, N_("这里超过{most}户，一部手机放不下。请选一个村、小区或网格。")),
    "sync.busy": (429, N_("现在同时联系的手机太多，{seconds}秒后会自动再试。记录都在手机里，不会丢。")),
    "sync.after_revocation": (409, N_("这部手机已停用，停用以后的记录先收下，等村负责人核对。")),
    "sync.after_shift": (409, N_("这部手机的班次已结束，结束以后的记录先收下，等村负责人核对。")),
    "sync.other_device": (409, N_("这些记录是另一部手机的，没有收下。")),
    "sync.other_contract": (
        409,
        N_("手机上的版本和服务器不合（服务器用第{contract}版约定）。记录留在手机上，更新后再传。"),
    ),
    "handover.unreadable": (400, N_("这一份打不开：不完整，或被改过。请让手机重新生成。")),
    "handover.other_server": (409, N_("这一份是交给另一台服务器的，这里打不开。")),
    "handover.unknown_device": (404, N_("这一份来自没有在这里登记过的手机，没有收下。")),
    "handover.not_a_file": (400, N_("这不是手机生成的交接文件（.lianfang）。")),
    "handover.too_large": (413, N_("这份文件太大，一次最多16MB、3000条。")),
    "handover.no_frames": (400, N_("没有读到手机上的二维码。")),
    "handover.nothing_given": (400, N_("还没有选文件，也没有扫到二维码。")),
    "sync.backup_in_future": (400, N_("备份的时间晚于现在，请检查。")),
    "intake.not_yet_known": (409, N_("它说的那一户或那个人还没有传到，到了会自动入账。")),
    "intake.unknown_operation": (404, N_("没有这条记录，或不在您的辖区内。")),
    "intake.unknown_conflict": (404, N_("没有这一处不一致，或不在您的辖区内。")),
    "intake.nothing_left": (409, N_("那次登记已被更正或已到期删除，请打开这一户重新登记。")),
    "intake.already_settled": (409, N_("这条记录已经处理过，请刷新查看。")),
    "intake.set_aside": (409, N_("这条记录已退回：{reason}。原文还在，需要的话请重新登记。")),
    "intake.other_body": (
        409,
        N_(
            "这条记录已经登记过，这次填的不一样。原来的没有动，这次的放在“待处理”里。要改原来的，请在那次上门上点“更正”。"
        ),
    ),
    "intake.sheet_too_large": (413, N_("这份表超过{limit}MB，请只留要交回的那一张再传。")),
    "intake.sheet_too_many_rows": (413, N_("这份表超过{most}行，请按组、小区分开交回。")),
    "intake.sheet_elsewhere": (
        400,
        N_("这份走访单不是{area}的：户号、人号都不在这里。一行也没有收，请到印这张单子的村、组去交。"),
    ),
    "intake.sheet_no_numbers": (
        400,
        N_("这份表里没有走访单的户号、人号，看不出是哪些户。请打开它那个组、小区的单子，在那里交回。"),
    ),
    "intake.sheet_empty": (400, N_("这份表里没有填好的行。请选填好的走访单（Excel、WPS）。")),
    "intake.no_sheet": (400, N_("还没有选文件。请选填好的走访单（Excel、WPS）。")),
    "papers.not_a_photo": (400, N_("这不是能看的照片。请用手机拍成 JPG 或 PNG 再传；HEIC 请先转成 JPG。")),
    "papers.too_large": (413, N_("照片超过{limit}MB，请拍小一些，或分页拍。")),
    "papers.none_chosen": (400, N_("还没有选照片。")),
    "papers.unknown": (404, N_("没有这张纸质登记，或不在您的辖区内。")),
    "papers.not_yours": (403, N_("别人传的、别人删的纸质登记，由本人或村负责人处理。")),
    "intake.sheet_too_long": (400, N_("这里超过{count}户，一张单子放不下。请选一个组、小区或楼栋再录。")),
    "intake.draft_elsewhere": (
        409,
        N_("这张单子在别的窗口里改过，这里的还没有存。可以重新打开看那边的，也可以用这里的盖过去。"),
    ),
    "intake.no_draft": (404, N_("没有可以找回的单子。")),
    "intake.too_large": (413, N_("一次最多50条、256KB，请分批送。")),
}
