"""What each action of a hazard is called once it was done. Pure."""

from __future__ import annotations

from anlan.kernel.places.catalogue import labels

DONE = labels(
    take=("Taken", "已接手"),
    assign=("Given to an inspector", "已指派"),
    join=("Joined the work", "已参与协办"),
    correct=("Entry corrected", "已更正登记"),
    note=("Note written", "已写备注"),
    add_party=("Named who answers for the place, or reports it", "已登记责任单位、责任人或反映人"),
    report_too=("Reported again", "已登记重复反映"),
    count_report=("Reported once more: counted", "再次反映：已计数"),
    correct_contact=("Name or contact corrected", "已更正联系方式"),
    say_more=("Words added", "已补充说明"),
    tell_party=("Party told", "已告知当事人"),
    call_major=("Sent to be judged whether it is major", "已提请重大隐患判定"),
    give_opinion=("Opinion given", "已出具判定意见"),
    find_major=("Opinion given that it is major", "已出具重大隐患判定意见"),
    look=("Entered that somebody looked at it", "已登记现场核实"),
    set_control=("Interim measure set", "已采取临时管控措施"),
    stop_use=("Imminent danger: use stopped", "危险迫近：已停止使用"),
    serve_order=("Order served", "已送达整改通知"),
    extend_remedy=("More time given to fix it", "已延长整改期限"),
    withdraw_order=("Order withdrawn", "已撤回整改通知"),
    say_fixed=("Said to be fixed: entered", "已登记整改完毕"),
    owner_says_fixed=("Said to be fixed", "已报告整改完毕"),
    recheck_passed=("Rechecked: it is fixed", "已复查：合格"),
    recheck_failed=("Rechecked: it is not fixed", "已复查：不合格"),
    still_stopped=("Rechecked: not fixed, its use stays stopped", "已复查：不合格，继续停止使用"),
    lift_stop=("Stop lifted: it was no imminent danger", "已解除停止使用：并非危险迫近"),
    permit_resume=("Permitted in writing to resume", "已书面批准恢复使用"),
    close=("Closed", "已办结"),
    dismiss=("Ended without an order", "已结束：不予下令"),
    not_fixed=("Reopened: not fixed", "已重新开启：未整改"),
    party_says_not_fixed=("Said not to be fixed", "已反映隐患仍在"),
)
