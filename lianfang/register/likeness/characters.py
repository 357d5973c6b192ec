"""Characters that are taken for one another: the same sound, or a shape that looks alike. Pure."""

from __future__ import annotations

import unicodedata
from functools import cache

from lianfang.areas.pinyin import READINGS

# Characters of names in the traditional script, and the same as they are written now.
_TRADITIONAL = dict(
    zip(
        "張陳劉楊黃趙吳孫馬鄭謝許鄧馮蔣葉蘇呂盧鐘鍾薑範賈韋龍萬錢湯賴喬龔嚴陸譚鄒盧羅鄔顏閻蕭龐樊蘭衛國強偉華軍麗豔艷芳"
        "紅蓮蘭鳳鵬飛飛龍雲東風興慶貴賢義禮誠謙謙順應學習開啟運達遠進連道邁遙過選適遲鄉鄰釋鐵銀銅錦鋒鋼銘錄鎮鑫闊闖關陽陰隊際"
        "隨險雙雜難電霧靈靜響頁項領頭頻題顯顧風飄飯飽餘館馳駿騰驗驚驥鮮鳴鴻鵑鶴麥齊齡龍龜貝貞財貢貨貫責貴費資賀賓賜賞賢賴質"
        "贊蹤車軒輝輪轉轟農醫採釗針釣鈞銳鍵鏡長門問間閩聞閣見規視親覺觀訓記設訪評詞試詩話該詳語誠說課調談請論諸諾謀謹證識譯議護讀變讓"
        "聖聰職聯聲聽肅腦腳臨艦藝節莊華葉萊萬蓋蔔蕓蕾薦薩藍藥蘆處號蝦蠶術補裝裡製複習翹聞純紀紋納紐紗紙級紛素紡細紳紹終組結絕絡給統絲經綠維綱網緒線締練緯緻縣總績織繡繼續"
        "瑪環璽瓊產畢異當疊發盡監盤眾碩碼確禎禦禪禮禱種稱穌積穎穩窮競筆築節簡籌糧無為烏煒煙煥熱燈燁燦燒爐爭爺牆獎獨獲獻現瑋瑤瑩"
        "樂樓標樞樣樸橋機檢權歡歐歲歸氣漢滿漁漸潔潤澤濟濤濱瀾灣災書會東條來構榮楓楨業極殺"
        "惠愛慶懷懸憶應懇戀戰戲擁擇揚換損搖攜攝敵數斷於時晉晝暉暢曆曉曠"
        "專將尋對導屆層屬岡島崗嶺嶽巖帥師帶幫幹幾庫廣廟廳張彈彌彎徑從復徹德"
        "兒兩凱劃劇劍勁動務勝勞勢勳勵區協單卻厲參員問啟喚喪喬嗚嘆嘉嚮嚴團園圓圖報場塊塗墾壇壓壘壯壺壽夠夢夾奪奮妝婁婦媧媽嫻嬋嬌嬰孫學寧實審寫寬寶",
        "张陈刘杨黄赵吴孙马郑谢许邓冯蒋叶苏吕卢钟钟姜范贾韦龙万钱汤赖乔龚严陆谭邹卢罗邬颜阎萧庞樊兰卫国强伟华军丽艳艳芳"
        "红莲兰凤鹏飞飞龙云东风兴庆贵贤义礼诚谦谦顺应学习开启运达远进连道迈遥过选适迟乡邻释铁银铜锦锋钢铭录镇鑫阔闯关阳阴队际"
        "随险双杂难电雾灵静响页项领头频题显顾风飘饭饱余馆驰骏腾验惊骥鲜鸣鸿鹃鹤麦齐龄龙龟贝贞财贡货贯责贵费资贺宾赐赏贤赖质"
        "赞踪车轩辉轮转轰农医采钊针钓钧锐键镜长门问间闽闻阁见规视亲觉观训记设访评词试诗话该详语诚说课调谈请论诸诺谋谨证识译议护读变让"
        "圣聪职联声听肃脑脚临舰艺节庄华叶莱万盖卜芸蕾荐萨蓝药芦处号虾蚕术补装里制复习翘闻纯纪纹纳纽纱纸级纷素纺细绅绍终组结绝络给统丝经绿维纲网绪线缔练纬致县总绩织绣继续"
        "玛环玺琼产毕异当叠发尽监盘众硕码确祯御禅礼祷种称稣积颖稳穷竞笔筑节简筹粮无为乌炜烟焕热灯烨灿烧炉争爷墙奖独获献现玮瑶莹"
        "乐楼标枢样朴桥机检权欢欧岁归气汉满渔渐洁润泽济涛滨澜湾灾书会东条来构荣枫桢业极杀"
        "惠爱庆怀悬忆应恳恋战戏拥择扬换损摇携摄敌数断于时晋昼晖畅历晓旷"
        "专将寻对导届层属冈岛岗岭岳岩帅师带帮干几库广庙厅张弹弥弯径从复彻德"
        "儿两凯划剧剑劲动务胜劳势勋励区协单却厉参员问启唤丧乔呜叹嘉向严团园圆图报场块涂垦坛压垒壮壶寿够梦夹夺奋妆娄妇娲妈娴婵娇婴孙学宁实审写宽宝",
        strict=True,
    )
)
_FOLD = {ord(old): new for old, new in _TRADITIONAL.items() if old != new} | dict.fromkeys(
    map(ord, "•‧∙⋅・･．● 　."), "·"
)


@cache
def folded(name: str) -> str:
    """One spelling of a name: today's script, one dot between the parts of a long name, no spaces."""
    if name.isalpha() and not name.isascii():
        return name.translate(_FOLD)
    plain = "".join(name.split()) if not name.isascii() else " ".join(name.split()).lower()
    return plain if plain.isascii() else plain.translate(_FOLD).strip("·")


# ---------- sound ----------


def _plain(reading: str) -> str:
    marks = unicodedata.normalize("NFD", reading.replace("ü", "v"))
    return "".join(c for c in marks if c.isascii() and c.isalpha())


@cache
def syllables(char: str) -> frozenset[str]:
    """All readings without tones; a character that has none is its own."""
    found = READINGS.get(ord(char), "")
    return frozenset(_plain(each) for each in found.split(",")) if found else frozenset((char,))


# Read otherwise as surnames than in other words.
_SURNAME_READINGS = (
    "单shan 曾zeng 区ou 仇qiu 解xie 查zha 翟zhai 乐yue 覃qin 缪miao 召shao 种chong 句gou 祭zhai 员yun 盛sheng 朴piao"
    " 冼xian 晁chao 宁ning 任ren 华hua 燕yan 应ying 于yu 隗wei"
)
_SURNAME = {word[0]: word[1:] for word in _SURNAME_READINGS.split(" ")}
_LOOSE = (("zh", "z"), ("ch", "c"), ("sh", "s"))


@cache
def _loose(syllable: str) -> str:
    """As the middle Yangzi speaks: no zh/z, n/l, ng/n apart."""
    for written, said in _LOOSE:
        if syllable.startswith(written):
            syllable = said + syllable[2:]
    if syllable.startswith("n"):
        syllable = "l" + syllable[1:]
    return syllable[:-1] if syllable.endswith("ng") else syllable


@cache
def loose_syllables(char: str) -> frozenset[str]:
    return frozenset(map(_loose, syllables(char)))


@cache
def sound_of(char: str, *, is_surname: bool = False) -> str:
    """The usual reading, said loosely: what names that sound alike have in common."""
    if is_surname and char in _SURNAME:
        return _loose(_SURNAME[char])
    first = READINGS.get(ord(char), "").split(",")[0]
    return _loose(_plain(first)) if first else char


def sound_key(name: str) -> str:
    """阳国强 and 杨国蔷 have one key."""
    return " ".join(sound_of(c, is_surname=not n) for n, c in enumerate(name))


# ---------- shape ----------

# Each word: characters that are written or read for one another in handwriting, on photos and by five-stroke typing.
_ALIKE = """
未末朱 己已巳 土士 日曰目白 人入八 干千于 王玉主 天夫无夭 大太犬 田由甲申 刀力 午牛 贝见
木本术 小少 子孑 兀元 冶治 杨扬汤场肠 阳阴 刘刻 陈阵 张弘 李季 吴昊吕 周同 徐除 孙孔
马乌 胡湖 郭敦 何河 高亮 林材 罗岁 郑邓 梁粱 谢射 宋宗 唐庸 许计午 韩朝 冯马 彭膨
曾曹会 肖尚 董童 袁哀衷 潘番 蒋将 蔡葵 余佘 杜社 叶叮 程桯 苏办 魏巍 吕昌 丁于 任仼
沈沉 姚桃 卢户 姜美 崔催 钟种 谭潭 陆际 范苑 金全 石右 廖寥 贾贸 夏复 韦书 方万 白百
邹邬 孟盂 熊能态 秦泰奏 邱丘 江红汪 尹伊 薛薜 闫闰 段假 雷霜 侯候 龙尤 史吏 陶淘 黎黍
贺架 顾颀 毛手 郝郗 龚袭 邵召 覃谭 武式 钱线 戴载 莫奠 孔扎 向何 常裳 易晃 瞿翟 滕腾
粟栗 匡筐 舒野 米来 欧殴 阮院 庄压 温湿 肯肖 聂摄 焦蕉 晏宴 柯河 祝祀 左右 符苻
伟炜玮纬祎韦 国囯图 强弱 军车 勇男恿 明朋名 建健键 华毕 平乎 红江虹缸 丽两 静净 敏繁 秀季
英央映 芳劳 桂挂佳 花化 兰三 梅海 玲铃伶岭珑 霞霁 燕热 艳饱 娟捐 萍苹 琴琹 珍诊 莲连
凤风 飞气 辉晖浑 晖辉挥 浩皓洁 宇字宁 轩轧斩 杰木 俊峻骏 涛寿 波坡 彬杉斌 鹏朋 磊蕾 超赵
刚冈钢 钢铜纲 峰锋烽 志忘 忠思 思恩 慧惠 德得 森淼 鑫金 洋样 清请情晴 晴晰睛 静靖 婷停
娜那 嫣妈 妍研 琪淇棋 瑶遥 萱宣 宣宜 怡恰 悦说 欣掀 昕听晰 晨辰 梓辛 涵函 轩昂 睿容
博搏傅 泽译 浩诰 铭名 皓晧 钰玉 旻昱 煜昱 烨桦 炎淡 焱炎 琳林 彤丹 雯文 文又 雪雷 霖淋
露路 莹荧 莉利 茹如 蓉容 薇微 蕊芯 馨声 香看 菊掬 荷何 芬芳 芝艺 苗田 若苦 茂戊 荣劳
春者 秋伙 冬各 东车 西酉 南男 北比 中申 立位 成咸 诚城 盛成 胜性 升井 贵责 富副 福副
禄绿 喜嘉 庆厌 祥样详 瑞端 康唐 安宴 和知 顺须 利刹 兴光 旺汪 发友 生主 长张 永水 久夕
远近 才寸 材村 仁仕 义叉 礼札 智知 信倍 孝考 贤责 良艮 善羊 正止 直真 朴扑 谦廉 恭泰
俭险 让上 传伟 家冢 宏宠 弘引 广厂 光先 炳柄 灿仙 焕换 国固 民氏 党堂 星早 革草 跃沃
进井 前剪 新斯 斌武 学字 书节 文丈 章童 翰韩 墨黑 琛深 琨混 璐路 璇旋 珊册 珠株 瑾谨
瑜愉 琦奇 倩情 俐利 依衣 仪议 儒懦 凯剀 可司 吉古 君群 哲誓 园圆 培陪 婉碗 姗册 娅亚
娇桥 婵弹 媛援 嫦常 宸震 密蜜 岚风 帆机
"""


def _groups() -> dict[str, frozenset[str]]:
    near: dict[str, set[str]] = {}
    for word in _ALIKE.split():
        for char in word:
            near.setdefault(char, set()).update(word)
    return {char: frozenset(others - {char}) for char, others in near.items()}


_NEAR = _groups()


def look_alikes(char: str) -> frozenset[str]:
    return _NEAR.get(char, frozenset())


def look_alike(a: str, b: str) -> bool:
    return b in _NEAR.get(a, ()) or a in _NEAR.get(b, ())


def sound_alike(a: str, b: str) -> bool:
    return not syllables(a).isdisjoint(syllables(b))


def sound_nearly(a: str, b: str) -> bool:
    return not loose_syllables(a).isdisjoint(loose_syllables(b))
