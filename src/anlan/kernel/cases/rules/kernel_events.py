"""What the kernel itself does in a case of any type, beside the type's own actions. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from anlan.kernel.places.catalogue import Label

# Codes of events that no type declares; a type may not use one of them for an action of its own.
KERNEL_EVENTS: Mapping[str, Label] = {
    "document_added": Label(en="A document was added", zh="添加了文件"),
    "document_removed": Label(en="A document was removed", zh="移除了文件"),
    "link_made": Label(en="A link to follow the case was made", zh="生成了查询链接"),
    "link_ended": Label(en="A link to follow the case was ended", zh="停用了查询链接"),
    "opened_for_authority": Label(
        en="The case that an authority asked for was opened", zh="已打开机关所请求的案件"
    ),
    "task_done": Label(en="A party was told another way", zh="已用其他方式告知当事人"),
    "due_recomputed": Label(
        en="A due date was computed anew by a published calendar",
        zh="根据公布的放假安排重新计算了期限",
    ),
    "clock_begun": Label(
        en="A clock was begun that cases of this kind have now",
        zh="开始计算此类案件新增的期限",
    ),
    "declined": Label(en="A second person declined", zh="第二人未同意"),
    "taken_back": Label(en="What was proposed was taken back", zh="已撤回所提事项"),
    "sealed": Label(en="The words were sealed away", zh="文字内容已封存"),
    "erased": Label(en="What was kept was erased", zh="保存的内容已删除"),
}

# Why a second person declines what was proposed: a closed list, of every type.
DECLINE_REASONS: Mapping[str, Label] = {
    "no_grounds": Label(en="the grounds don't carry it", zh="理由不足"),
    "wrong_facts": Label(en="something in it is wrong", zh="内容有误"),
    "too_wide": Label(en="it goes further than needed", zh="超出必要范围"),
    "too_early": Label(en="something has to be done first", zh="须先完成其他事项"),
    "other_way": Label(en="another way serves better", zh="另有更合适的办法"),
}

# What the kernel asks of who handles a case, beside the type's own tasks.
KERNEL_TASKS: Mapping[str, Label] = {
    "tell_party": Label(
        en="Tell the party another way: a notice did not reach it",
        zh="通知未送达，请以其他方式告知当事人",
    ),
    "hand_over": Label(
        en="Give the case to another handler: the handler's account has ended",
        zh="更换承办人：原承办人账号已停用",
    ),
}
BY_HAND = frozenset({"tell_party"})  # nothing that is done in the case itself says that it is done
