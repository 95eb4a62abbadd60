"""What goes to the top at once by its words, and what only sounds like it."""

import pytest

from gis.issues.urgency import denies, is_urgent

NOW = """
着火了|三号楼起火了快来人|楼道里着了火|厨房着大火|车棚失火|配电箱冒烟|楼上窗户冒黑烟|地下室有浓烟|电线冒火花|垃圾桶烧起来了
闻到一股煤气味|煤气泄露|天然气管道被挖断了|挖机把燃气管挖破了|燃气泄漏，已经通知物业|楼道里漏气，味道刺鼻|怀疑漏燃气
路面塌陷|马路塌了一个大坑|围墙快塌了|地面陷下去一块|房子垮塌|地陷了个洞，没人管
电梯困人|有人被困电梯里|老人困在阳台上|有人落水|小孩溺水了|有人要跳楼|工人触电倒地|孩子掉进井里了|有人持刀|爆炸了
老人摔倒了|有位老人在广场摔倒了，起不来|小孩骑车摔伤了|3号楼下老奶奶滑倒，没人敢扶|行人摔得头破血流
空调外机快掉下来了|广告牌摇摇欲坠|外墙瓷砖随时会掉下来|围墙快倒了
没人管着火了|着火了还没扑灭|火还没灭，火势很大|昨天修的地方又塌了|没水灭火，着火了
"""
NOT = """
没着火|没有发生火灾|着火点已灭|早上着火，现在已经扑灭|飞线充电容易引起火灾|电动车进楼怕着火|存在火灾隐患|火灾报警器坏了
消防演练现场冒烟|上次着火留下的黑墙没刷|去年火灾烧坏的车没人拖|我们一起火锅店吃饭油烟大|守着火炉打牌太吵|车打不着火扔在路边
烧烤摊冒烟|饭店烟囱冒黑烟|烧树叶冒烟呛人|燃气公司施工占道|燃气费太贵|天然气改造没恢复路面|没有闻到煤气味|楼下放煤气罐卖早点
轮胎漏气的自行车没人要|沙发塌了扔在楼下|床塌了没人拉走|雨篷怕塌了|路没塌
路边有烟头|楼道里有烟头|楼道有烟蒂和烟盒|没有着火|烟花爆竹燃放|有烟花燃放的声音
老人容易摔倒|怕老人摔倒|路太滑，经常有人摔倒|小孩摔倒过|地砖松动有老人摔倒的风险|老人摔倒已送医|上次老人摔倒的地方没修
落水管断了|落水口堵塞|跳楼价喇叭吵|居民被困扰很久|为生活所困|电梯坏了，没有困人|小孩差点掉进井里|被困的老人已救出|生活贫困在家无人照看
"""


@pytest.mark.parametrize(("texts", "urgent"), [(NOW, True), (NOT, False)], ids=["now", "not"])
def test_what_threatens_people_now_and_only_that_is_urgent(texts, urgent):
    told = [text for line in texts.split() for text in line.split("|") if text]
    assert len(told) > 30
    assert [text for text in told if is_urgent(text) is not urgent] == []


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("没有着火", True),
        ("没着火，就是有点味道", True),
        ("没人管着火了", False),
        ("没着火但是燃气泄漏", False),
        ("路灯坏了", False),
    ],
)
def test_what_says_that_there_is_no_danger(text, denied):
    assert denies(text) is denied
