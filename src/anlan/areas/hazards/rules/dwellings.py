"""Names that read as somebody's home, by a closed list of patterns. Pure; a hurdle, no proof."""

from __future__ import annotations

import re

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任"
    "沈姚卢姜崔钟谭陆汪范廖石韦贾夏付傅方邹熊孟秦邱侯江尹薛闫雷段郝黎史陶贺顾毛龚邵钱覃武戴莫孔汤白常温"
    "康施牛樊葛邢安齐乔伍庞颜庄聂章鲁岳翟殷詹申欧耿关兰焦俞柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷"
    "盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费"
    "卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝金万龙"
)
#: "王五家", "老王的家", "王先生家厨房"
_CHINESE_HOME = re.compile(
    rf"(^|[\s,，、(（])(老|小)?(欧阳|司马|上官|诸葛|尉迟|皇甫|[{_SURNAMES}])[一-鿿]{{0,4}}?"
    r"的?家(里|中|厨房|客厅|卧室|阳台|屋内|室内)?($|[\s,，、)）])"
)
#: what ends so is no home of anybody, whatever it begins with: an inn, a guild, a brand
_CHINESE_THING = re.compile(
    r"(之|酒|世|专|商|店|厂|买|卖|国|农|渔|行|名|大|人|作|画|管|安|居|万|全|皇|公|东|道|儒|法|冤|科学)家"
    r"($|[\s,，、)）])"
)
_CHINESE_DWELLING = re.compile(r"宅($|[\s,，、)）])|的(家|住处|住所|居所|寓所|房子|住房)$")
_WHO = r"(mr|mrs|ms|mister|madam|señor|señora|sr|sra)"
_TITLED = re.compile(rf"\b{_WHO}\b\.?\s+\w", re.IGNORECASE)
_POSSESSED = re.compile(
    r"(\bst\.?\s+|\bsaint\s+)?\b(\w+)(?:['’]s?|s['’])\s+(?:family\s+|old\s+)?"
    r"(?:home|house|flat|place|residence|dwelling|apartment|villa)\b(?!\s+(?:of|for)\b)"
    r"(?=\s*($|[,;(–-])|\s+(?:kitchen|yard|garden|garage|basement|roof|stairs?)\b)",
    re.IGNORECASE,
)
_FAMILY = re.compile(r"\bfamily\s+(home|house|residence)\b", re.IGNORECASE)
_OF = re.compile(r"\b(?:home|house|residence|dwelling|flat)\s+of\s+(?:the\s+)?(\w+)", re.IGNORECASE)
#: whose home or house is an institution
_MANY = frozenset(
    [
        "aged",
        "boys",
        "captains",
        "children",
        "childrens",
        "disabled",
        "doctors",
        "elderly",
        "elders",
        "farmers",
        "fishermen",
        "girls",
        "governors",
        "guild",
        "mariners",
        "men",
        "mens",
        "miners",
        "mothers",
        "nurses",
        "old",
        "orphans",
        "peasants",
        "pensioners",
        "people",
        "peoples",
        "pilgrims",
        "pioneers",
        "poor",
        "retired",
        "sailors",
        "scouts",
        "seafarers",
        "seamen",
        "seniors",
        "soldiers",
        "students",
        "teachers",
        "travellers",
        "veterans",
        "women",
        "womens",
        "workers",
        "writers",
        "youth",
    ]
)
_WORKS = frozenset(
    [
        "art",
        "arts",
        "books",
        "commons",
        "crafts",
        "culture",
        "deputies",
        "detention",
        "faith",
        "fashion",
        "friendship",
        "god",
        "hope",
        "industry",
        "justice",
        "knowledge",
        "lords",
        "mercy",
        "music",
        "nations",
        "officers",
        "parliament",
        "peace",
        "prayer",
        "representatives",
        "science",
        "sports",
        "technology",
        "trade",
        "trades",
        "unions",
        "worship",
    ]
)


def names_a_dwelling(name: str) -> bool:
    """Say whether the name of a thing reads as the home of somebody.

    Names by which institutions go ("老人之家", "House of Culture", "Children's home") pass.
    """
    return _in_chinese(name) or _in_english(name)


def _in_chinese(name: str) -> bool:
    if _CHINESE_DWELLING.search(name):
        return True
    return bool(_CHINESE_HOME.search(name)) and not _CHINESE_THING.search(name)


def _in_english(name: str) -> bool:
    if _TITLED.search(name) or _FAMILY.search(name):
        return True
    for found in _POSSESSED.finditer(name):
        if not found.group(1) and found.group(2).casefold() not in _MANY:
            return True
    return any(of.casefold() not in _MANY | _WORKS for of in _OF.findall(name))
