"""Plain advice beside a platform's words, which stand as they came: what to do now. Pure.

The platform has no catalogue of errors, its texts are free. So what is known of them is looked for
in the words; where nothing is, the advice is that of the step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from service.pipeline.steps import Outcome, Step

_BY_WORDS: Final[Sequence[tuple[str, str]]] = (
    (
        "匹配关系校验失败",
        "全国平台没有这份电子证照，可能是纸质证书；请在原发证系统中办理。",
    ),
    ("已存在", "全国平台已有此证书编号或标识；请核对是否已由其他系统办理，勿换号重办。"),
    ("已注销", "全国平台显示该证照已注销；请核对办理记录。"),
    ("不存在", "全国平台查不到所引用的证照或编码；请核对后继续流程。"),
    ("人员", "请核对人员姓名、证件类型和证件号码，改正后继续流程。"),
    ("太快", "全国平台限制调用频率；请稍后继续流程，不必修改数据。"),
)

_WITHDRAW: Final = (
    "全国平台仍保留该证照的赋码；请与平台办妥撤销，然后注明已办妥 (platform_settled) 再次放弃。"
)

_BY_STEP: Final[Mapping[Step, str]] = {
    Step.CHECK: "请按平台提示改正照面信息，然后继续流程。",
    Step.CODING: "请按平台提示改正照面信息，然后继续流程；尚未赋码。",
    Step.PRESS: "请检查签章密钥和签章服务，恢复后继续流程；数据不必修改。",
    Step.PERSONS: "请按平台提示改正人员信息，然后继续流程；不会再次赋码。",
    Step.COLLECTION: "证照已签章；请按平台提示排除原因后继续流程，不会再次赋码。",
    Step.PERSONS_CANCEL: "请按平台提示排除原因后继续流程；证照目前仍为有效。",
    Step.STATUS_CHANGE: "请按平台提示排除原因后继续流程；证照目前仍为有效。",
    Step.WITHDRAW_PERSONS: _WITHDRAW,
    Step.WITHDRAW: _WITHDRAW,
}

_WITHDRAWING: Final = frozenset({Step.WITHDRAW_PERSONS, Step.WITHDRAW})
"""Nothing is continued after these: what else would be advised does not hold for them."""

_BY_OUTCOME: Final[Mapping[Outcome, str]] = {
    Outcome.WAIT: "全国平台要求稍后再试，不是失败；请稍后继续流程，不必修改数据。",
    Outcome.UNREACHABLE: "未能连通全国平台，本步骤尚未送达；请稍后继续流程，不必修改数据。",
    Outcome.UNKNOWN: "未收到全国平台的答复，本步骤可能已办成；请原样继续流程，不会重复办理。",
    Outcome.GARBLED: "全国平台的答复无法识别，本步骤可能已办成；请原样继续流程，不会重复办理。",
    Outcome.FAILED: _BY_STEP[Step.PRESS],
}


def advice(step: Step, outcome: Outcome, words: Sequence[str]) -> str:
    """What to do after an attempt; empty where it passed without a remark."""
    if outcome is Outcome.PASSED:
        return ""
    if outcome is Outcome.WARNED:
        return "已通过；请留意平台的提示。"
    if step in _WITHDRAWING:
        return _BY_STEP[step]
    if outcome in _BY_OUTCOME:
        return _BY_OUTCOME[outcome]
    said = "\n".join(words)
    return next((text for mark, text in _BY_WORDS if mark in said), _BY_STEP[step])
