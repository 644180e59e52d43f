"""The canary through every text that a case takes on its way: each line of SEALED_FIELDS once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from anlan.cli.proving import inputs
from anlan.cli.proving.scene import Scratch

# What is sealed and takes no words: a yes or a no, a reference, a hash.
NO_WORDS = frozenset(
    {
        *(f"mediation.{code}" for code in ("hurt", "afraid", "threatened", "controlled")),
        *("mediation.pressed", "mediation.speaks_freely", "mediation.agreement_hash"),
        "disclosure.about",
    }
)


def settled_mediation(scene: Scratch) -> int:
    """Lead a mediation from its request to an agreement in force, with every text on the way."""
    from anlan.areas.mediation.rules.fields import AGREEMENT_PARTS, SAFE, SIGNS

    words, act = scene.canary.words, inputs.act
    made = inputs.mediation(scene)
    one = made.id
    clear = {"was_alone": True, **dict.fromkeys(SIGNS, False), **dict.fromkeys(SAFE, True)}
    act(scene, one, "talk", values=clear, texts={"talk_notes": words}, party=1)
    act(scene, one, "invite")
    act(scene, one, "consent", party=2)
    act(scene, one, "talk", values=clear, texts={"talk_notes": words}, party=2)
    act(scene, one, "start")
    act(scene, one, "say_to_all", texts={"joint_words": words})
    write_by_link(scene, made)
    session = {"held_at": "online", "minutes": 60}
    for action, days, link, party in (
        ("book_session", 1, "online_link", None),
        ("book_alone", 2, "own_link", 1),
    ):
        values = session | {"starts": (scene.at + timedelta(days=days)).isoformat()}
        texts = {link: f"https://{scene.canary.latin}.example/{scene.canary.chinese}"}
        act(scene, one, action, values=values, texts=texts, party=party)
    act(scene, one, "draft_agreement", texts=dict.fromkeys(AGREEMENT_PARTS, words))
    for party in (1, 2):
        act(scene, one, "read_back", values={"version": 1}, party=party)
        agreed = {"version": 1, "has_read": True}
        act(scene, one, "confirm_agreement", values=agreed, party=party)
    act(scene, one, "sign")
    return one


def write_by_link(scene: Scratch, made: inputs.Mediated) -> None:
    """Let the first party write by its own link."""
    from anlan.kernel.cases import queries

    link = queries.link_of(made.token)
    assert link is not None
    inputs.act(scene, made.id, "say_to_all", link.actor, texts={"joint_words": scene.canary.words})


def remedied_hazard(scene: Scratch) -> int:
    """Lead a hazard from its report to an order, with the opinion and the permission by two."""
    words = scene.canary.words
    one = inputs.hazard(scene)

    def act(action: str, *texts: str, by_two: bool = False, **values: object) -> None:
        given = dict.fromkeys(texts, words)
        done = inputs.act(scene, one, action, "inspector", values=values, texts=given)
        if by_two:
            inputs.agree(scene, one, done.proposal)

    act("call_major", "finding")
    act("give_opinion", "opinion", grade="major", by_two=True)
    act("set_control", "finding", control="cordon")
    act("permit_resume", "permission", by_two=True)
    remedy = (scene.at + timedelta(days=20)).date().isoformat()
    act("serve_order", "order_words", grade="major", remedy_by=remedy, served="posted")
    return one


def handed_disclosure(scene: Scratch, about: str) -> int:
    """Grant a disclosure by two, open the case for it and note what was handed over."""
    from anlan.areas.oversight import services as oversight

    one = inputs.disclosure(scene, about, by_two=True)
    oversight.open_for_disclosure(one, **scene.stamp("supervisor"))
    inputs.act(scene, one, "hand_over", "supervisor", texts={"handed": scene.canary.words})
    return one


def lacking(sent: set[tuple[str, str]]) -> Iterator[str]:
    """Name the sealed fields into which no words were sent: an input that was not tried.

    `sent` are the kinds and fields of the texts that hold the canary.
    """
    from anlan.kernel.sealing.personal_fields import OF_EVERY_CASE, SEALED_FIELDS

    for kind, fields in SEALED_FIELDS.items():
        for field in fields:
            if f"{kind}.{field}" not in NO_WORDS and (kind, field) not in sent:
                yield f"{kind}.{field}"
    there = {field for _kind, field in sent}
    yield from (field for field in OF_EVERY_CASE if field not in there)
