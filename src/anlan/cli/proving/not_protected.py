"""What Anlan does not protect from, in scope's own words: printed with every proof."""

from __future__ import annotations

from anlan.cli.proving.attack import label
from anlan.kernel.places.catalogue import Label

NOT_PROTECTED: tuple[Label, ...] = (
    label(
        "Whoever runs the server can read open cases and what is in the outbox; altered code could "
        "misuse that.",
        "运行服务器的人可以读取在办案件和发件箱中的内容；被改动的代码可能滥用这一点。",
    ),
    label(
        "Whoever can write to the database needs no key file to read open cases: an account, a "
        "password, a handler or a party's link of their own lets the service open them. Accounts, "
        "roles, links and custodians without their entry are named here; a password that was "
        "exchanged, and a handler, are not.",
        "能写入数据库的人无需密钥文件即可读取在办案件：自行写入账号、密码、承办人或当事人链接，"
        "本系统便会为其打开。没有台账记录的账号、角色、链接和保管人会在此指出；"
        "被替换的密码和承办人则不会。",
    ),
    label(
        "Rewriting the log is detectable by anyone who holds an earlier head; what was never "
        "logged is not.",
        "持有早先树头的任何人都能发现台账被改写；从未记入台账的事则发现不了。",
    ),
    label(
        "Without custodians closed cases stay with the service, and a stolen disk with its key "
        "file opens them.",
        "未设保管人时，已结案件留在本系统，被盗的硬盘连同密钥文件可将其打开。",
    ),
    label(
        "Two custodians together open any closed case of their time; nothing hinders them but each "
        "other.",
        "两名保管人合作即可打开其任期内的任何已结案件，除彼此制约外别无限制。",
    ),
    label(
        "A party's link opens its case by its address alone; so does a proxy's access log, a "
        "browser's history or a message that holds the address.",
        "当事人链接凭网址即可打开其案件；存有该网址的代理访问日志、浏览记录或消息也同样能打开。",
    ),
    label(
        "Past the hour's budget the supervisors are told, and the party reads of each opening; "
        "where the only supervisor goes past it, nobody else is told.",
        "超过每小时限额时通知主管，当事人可见每次打开；若唯一的主管本人超限，则无他人获知。",
    ),
    label(
        "A published ledger shows how many entries of each kind there are, and when: who counts "
        "them learns counts of cases and of their ends that the tables withhold.",
        "公布的台账显示各类记录的数量和时间；逐条清点者可得知统计表中不予公布的案件数和结案数。",
    ),
    label(
        "The audit of counts knows what was published here; a reader who knows cases from "
        "elsewhere knows more than it assumes.",
        "统计核查只考虑此处公布的内容；从别处了解案情的读者所知更多。",
    ),
    label(
        "A disk may keep old bytes, and backups made elsewhere keep what they held; erasing "
        "destroys the keys, so a copy that also held the service's key from then opens "
        "what was open then.",
        "硬盘可能残留旧数据，别处的备份也保留其内容；删除销毁的是密钥，"
        "若副本连同当时的服务密钥一并留存，则当时在办的内容仍可打开。",
    ),
    label(
        "Who wrote how much, when and about which kind of case can be seen in the database: "
        "lengths, times and kinds are not sealed.",
        "数据库中可见何时、就何类案件写了多少字：长度、时间和类别不加密。",
    ),
    label(
        "The list of words in forms is a hurdle; what keeps forms from asking about people is the "
        "second person and the public who read them.",
        "表单词表只是一道门槛；真正防止询问个人情况的是第二人和公众的审阅。",
    ),
)
