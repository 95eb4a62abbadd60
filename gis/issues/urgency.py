"""Urgency from a report's words: what threatens people now goes to the top at once.

A dangerous word alone is not enough: "没着火", "容易引起火灾", "着火点已扑灭", a 落水管 (downpipe), a 跳楼价 (bargain)
and a 消防演练 (drill) are no alarms. Each danger is judged in its own clause, with what stands before and after it.
"""

from __future__ import annotations

import re
import unicodedata

_CLAUSE = re.compile(r"[^，。；！？,;!?\n]+")
_FIRE = (
    r"(?<![打围守对])(?<!打不)[着起失冒](?:了|大|明)?火(?![锅车炉腿锻龙])|火灾|[大明]火(?!锅)|火势"
    r"|[烧着]起来|烧着了|冒火花|电火花"
)
_SMOKE = r"(?:冒|起|有)(?:着|了|出)?[黑浓白青大]?烟(?![道囱酒管头蒂盒花民叶])"
_GAS = (
    r"(?:燃气|煤气|天然气|液化气|瓦斯)[^，。]{0,8}(?:漏|泄|味|臭|爆|跑气|嗤|管[^，。]{0,4}[断破裂坏])"
    r"|(?:漏|泄|挖断|挖破|挖坏|砸断|撞断)[^，。]{0,5}(?:燃气|煤气|天然气|液化气|瓦斯)|(?<!胎)漏气(?!压)"
)
_FALLS = (
    r"(?<!床)(?<!沙发)(?<!凳子)(?<!椅子)(?<!桌子)(?<!柜子)(?<!货架)塌(?:陷|方|了|下|落|进|坑|个)|[坍垮]塌|倒塌"
    r"|地陷|陷(?:落|下去|进去)|陷了[^，。]{0,3}[坑洞]"
    r"|(?:快要?|就要|马上要?|眼看要?|随时[会能要]?)(?:掉|坠|砸|脱落)(?:下来|下去|下|落|了|到)|摇摇欲坠|(?:墙|杆|架|棚)(?:快要?|就要)倒"
)
_WHO = "老人家?|老太太?|老头|老?大爷|大妈|老?奶奶|老?爷爷|老?婆婆|孩子|小孩|孕妇|有人|行人|路人|居民"
_HURT = (
    rf"(?:{_WHO})(?:刚刚?|突然|不小心|在?[^，。经常容易总老怕担心]{{0,6}}?)?(?:滑倒|摔倒|跌倒|栽倒|摔伤|摔成)(?!的?(?:风险|隐患|过))"
    rf"|(?:{_WHO})[^，。]{{0,4}}(?:爬|站)不起来|摔(?:得|到|的)?[^，。]{{0,3}}(?:骨折|流血|头破)"
)
_PEOPLE = (
    r"触电|电(?:到|着|倒)(?:人|孩子|小孩|老人)|落水(?![管口斗井孔])|溺水|跳楼(?![价大甩清促])|轻生|自杀|坠楼|坠落"
    r"|困人|被困(?!扰|惑)|(?<!贫)困在|掉(?:进|到|下)[^，。]{0,3}[井河坑水沟湖]|昏迷|晕倒|不省人事|持刀|砍人|中毒|爆炸(?![头式性])"
)
_SPARED = r"(?:怕|担心|害怕|恐|万一|容易|差点|险些|以防|防止?|避免|预防|小心|谨防|不会|别再?)(?!止)[^，。]{0,4}$"
_DENIED = r"(?:没有?|未|并未|不是|没见|无)(?![人法])(?:发生|出现|再|闻到|什么|看见|发现)?[^，。]{0,1}$"
_OFTEN = r"(?:经常|常常?|总是?|老是|好几|[几多两三]次|每次|都|已经?有)[^，。]{0,4}$"
_PAST = re.compile(r"去年|前年|上次|上回|以前|之前|曾经|演练|演习|宣传|讲座|预案|培训|图片展")
_BEFORE = {
    "fire": re.compile(f"{_SPARED}|{_DENIED}"),
    "smoke": re.compile(f"{_SPARED}|{_DENIED}"),
    "gas": re.compile(_DENIED),
    "falls": re.compile(f"{_SPARED}|{_DENIED}"),
    "people": re.compile(f"{_SPARED}|{_DENIED}"),
    "hurt": re.compile(f"{_SPARED}|{_DENIED}|{_OFTEN}"),
}
_SAYS_NO = re.compile(_DENIED)
_NOT_YET = r"(?<!没)(?<!没有)(?<!未)(?<!未被)(?<!不)"
_OUT = re.compile(
    f"{_NOT_YET}(?:扑灭|浇灭|熄灭|已灭|灭了|灭掉|扑火成功)|[烧着]?过火|^(?:隐患|风险|报警器|警铃|探测|险|后留下|以后留下)"
)
_SAVED = re.compile(r"已(?:经)?(?:被)?(?:救|获救|脱困|送医|放出)|救(?:出来|上来|起来)了?|放出来了|^隐患")
_MENDED = re.compile(r"已(?:经)?(?:修|处理|关阀|堵|恢复|抢修完)|修好了|堵住了|^(?:报警器|警报器|隐患)")
_AFTER = {"fire": _OUT, "smoke": _OUT, "gas": _MENDED, "falls": _MENDED, "people": _SAVED, "hurt": _SAVED}
_NO_FIRE = re.compile(
    r"烧烤|烤串|烤肉|烤羊|油烟|炒|饭店|餐馆|食堂|烟囱|锅炉|焚烧|烧(?:垃圾|树叶|叶子|秸秆|纸|荒|草|枯枝)|尾气|抽烟"
)
_DANGERS = {
    name: re.compile(pattern)
    for name, pattern in {
        "fire": _FIRE, "smoke": _SMOKE, "gas": _GAS, "falls": _FALLS, "people": _PEOPLE,
        "hurt": _HURT,
    }.items()
}  # fmt: skip


def is_urgent(text: str) -> bool:
    """Whether the words of a report tell of a danger that is there now."""
    told = unicodedata.normalize("NFKC", text).replace(" ", "")
    for clause in _CLAUSE.finditer(told):
        if _PAST.search(clause[0]):
            continue
        for name, danger in _DANGERS.items():
            for found in danger.finditer(clause[0]):
                before = clause[0][: found.start()]
                after = told[clause.start() + found.end() :][:16]
                if _BEFORE[name].search(before) or _AFTER[name].search(after):
                    continue
                if name == "smoke" and _NO_FIRE.search(told):
                    continue
                return True
    return False


def denies(text: str) -> bool:
    """Whether a report says that there is no danger ("没有着火"), and tells of no other."""
    told = unicodedata.normalize("NFKC", text).replace(" ", "")
    no = any(
        _SAYS_NO.search(clause[0][: found.start()])
        for clause in _CLAUSE.finditer(told)
        for danger in _DANGERS.values()
        for found in danger.finditer(clause[0])
    )
    return no and not is_urgent(text)
