"""The checks on what was tried at the end, judged on literal observations."""

from dataclasses import replace

import pytest
from ledger_samples import AFTER_THE_CUT, attempt, ledger, restored, rows_of, scan_of
from ours import CHECKS, our_case
from pydantic import TypeAdapter

from harness.core.case import NotApplicable
from harness.core.errors import Unread
from harness.core.finding import Finding
from harness.core.history import History
from harness.core.ledger import Ledger, Outcome
from harness.core.observation import Observations
from harness.core.verdict import Verdict
from harness.observations.ledger_rows import LedgerRows
from harness.observations.postgres_behaviour import (
    LEFT_ALONE,
    Answer,
    Behaviour,
    NextKey,
    TenantView,
    Tried,
)
from harness.platforms.made_open.observations import Credentials

WRITTEN = ledger(attempt("credentials", 1, 10))


def judged(
    check_id: str,
    *seen: object,
    before: object = None,
    written: Ledger = WRITTEN,
    history: History | None = None,
) -> Finding:
    """Return what a check concludes from these observations."""
    after = Observations()
    for observation in seen:
        after.put(observation)
    case = our_case(written, history or History(), Observations(), after)
    if before is not None:
        case.before.put(before)
    return CHECKS[check_id].judge(CHECKS[check_id], case)


REFUSALS = tuple(
    Tried(role, verb, Answer.REFUSED, "42501")
    for role in ("hub_app", "postgres")
    for verb in ("UPDATE", "DELETE", "TRUNCATE")
)


def test_an_attempt_that_broke_off_proves_nothing() -> None:
    """An error that is no refusal is not taken for one."""
    seen = Behaviour((replace(REFUSALS[0], answer=Answer.BROKEN, said="55P03"), *REFUSALS[1:]))
    with pytest.raises(
        Unread, match=r"1 of 6 attempts broke off \(namely UPDATE by hub_app: 55P03\)$"
    ):
        judged("audit_log_append_only", seen)


def test_nobody_to_try_a_change_proves_nothing() -> None:
    """An empty set of attempts is not a refusal of all."""
    with pytest.raises(Unread, match="no role was there"):
        judged("audit_log_append_only", Behaviour(()))


@pytest.mark.parametrize("check_id", ["audit_log_append_only", "audit_log_writable"])
def test_an_audit_log_that_is_gone_fails(check_id: str) -> None:
    """There is nothing to change and nothing to add to; neither is a pass."""
    found = judged(check_id, Behaviour())
    said = "audit_log: the table does not exist"
    assert (Verdict.FAIL, said, said) == (found.verdict, found.summary, found.actual)
    assert found.expected


@pytest.mark.parametrize("answer", [Answer.REFUSED, Answer.BROKEN])
def test_an_insert_that_does_not_succeed_fails(answer: Answer) -> None:
    """Whatever stopped it, the audit log takes no rows."""
    seen = Behaviour((), Tried("hub_app", "INSERT", answer, "42501"))
    found = judged("audit_log_writable", seen)
    assert "audit_log: hub_app cannot add a row (SQLSTATE 42501)" == found.summary


def test_a_sequence_that_draws_a_taken_key_fails() -> None:
    """The sequence and its column are named; free ones are not."""
    free = NextKey("public.a_seq", "public.a.id", is_free=True)
    taken = NextKey("public.b_seq", "public.b.id", is_free=False)
    bare = NextKey("public.c_seq", "", is_free=False, said="2200H")
    assert (
        "sequences: all 1 give a free key next"
        == judged("sequences_advance", Behaviour(next_keys=(free,))).summary
    )
    found = judged("sequences_advance", Behaviour(next_keys=(free, taken, bare)))
    assert (
        "sequences: 2 of 3 give no free key next"
        " (namely public.b_seq for public.b.id, public.c_seq)" == found.summary
    )
    assert (
        "public.b_seq for public.b.id: the key is taken\npublic.c_seq: SQLSTATE 2200H"
        == found.actual
    )


BEHIND = NextKey("public.b_seq", "public.b.id", is_free=False, is_beyond=False)
CHOSEN = replace(BEHIND, is_free=True)
FREE = replace(BEHIND, is_free=True, is_beyond=True)


@pytest.mark.parametrize("then", [BEHIND, CHOSEN])
@pytest.mark.parametrize("now", [BEHIND, replace(BEHIND, said="23505")])
def test_a_sequence_that_was_behind_at_the_backup_passes(then: NextKey, now: NextKey) -> None:
    """A key that was chosen beyond the sequence is met sooner or later."""
    found = judged(
        "sequences_advance", Behaviour(next_keys=(now,)), before=Behaviour(next_keys=(then,))
    )
    assert (
        "sequences: 0 of 1 give a free key next; 1 gave none at the backup either" == found.summary
    )
    assert {"tried": 1, "stuck": 0, "as_before": 1} == found.counts
    other = NextKey("public.a_seq", "public.a.id", is_free=False)
    both = judged(
        "sequences_advance", Behaviour(next_keys=(now, other)), before=Behaviour(next_keys=(then,))
    )
    assert {"tried": 2, "stuck": 1, "as_before": 1} == both.counts


def test_a_sequence_that_was_broken_in_the_same_way_at_the_backup_passes() -> None:
    """Such as one that had come to its end."""
    broken = Behaviour(next_keys=(replace(BEHIND, said="2200H"),))
    found = judged("sequences_advance", broken, before=broken)
    assert (Verdict.PASS, 1) == (found.verdict, found.counts["as_before"])


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (FREE, BEHIND),
        (BEHIND, replace(BEHIND, said="2200H")),
        (replace(BEHIND, said="2200H"), BEHIND),
        (replace(BEHIND, column="public.other.id"), BEHIND),
    ],
)
def test_a_sequence_that_gave_a_free_key_at_the_backup_must(then: NextKey, now: NextKey) -> None:
    """Nor does one fault excuse another, or one column another."""
    found = judged(
        "sequences_advance", Behaviour(next_keys=(now,)), before=Behaviour(next_keys=(then,))
    )
    assert Verdict.FAIL is found.verdict


def test_a_key_that_a_lock_hid_at_the_backup_is_neither_excused_nor_blamed() -> None:
    """Whether it was free then is unknown."""
    locked = replace(BEHIND, said="55P03", is_beyond=None)
    with pytest.raises(Unread, match=r"^1 key could not be foreseen at the backup \(namely public"):
        judged(
            "sequences_advance",
            Behaviour(next_keys=(BEHIND,)),
            before=Behaviour(next_keys=(locked,)),
        )


OWN = TenantView("public.contacts", 1, 10, 10, 0)
NO_TOKEN = TenantView("public.contacts", None, 0, 0, 0)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (replace(OWN, foreign=1), "tenant 1 sees 10 of 10 own and 1 foreign rows"),
        (replace(OWN, own=0), "tenant 1 sees 0 of 10 own and 0 foreign rows"),
        (replace(OWN, own=9), "tenant 1 sees 9 of 10 own and 0 foreign rows"),
        (replace(NO_TOKEN, foreign=40), "no tenant sees 0 of 0 own and 40 foreign rows"),
    ],
)
def test_a_tenant_that_sees_too_much_or_too_little_fails(wrong: TenantView, said: str) -> None:
    """Foreign rows are a leak; missing own rows are a loss; both are told by tenant."""
    other = replace(OWN, tenant=2)
    right = (OWN, other, NO_TOKEN)
    assert judged("tenant_isolation", Behaviour(tenants=right)).verdict is Verdict.PASS
    found = judged("tenant_isolation", Behaviour(tenants=(other, wrong)))
    assert (
        f"tenants: 1 of 2 views show the wrong rows (namely {said} of public.contacts)"
        == found.summary
    )


def test_no_tenant_with_rows_is_not_judged() -> None:
    """Isolation cannot be seen where there is nothing to see."""
    with pytest.raises(NotApplicable, match=r"^no tenant has a row; the checks of rows say "):
        judged("tenant_isolation", Behaviour(tenants=(NO_TOKEN,)), written=ledger())


@pytest.mark.parametrize(
    ("check_id", "seen"),
    [
        ("tenant_isolation", Behaviour()),
        ("tenant_isolation", Behaviour(tenants=(NO_TOKEN,))),
        ("credentials_decrypt", Credentials(True, 0)),
    ],
)
@pytest.mark.parametrize("held", [0, 10])
def test_a_look_at_no_row_is_held_to_the_ledger(check_id: str, seen: object, held: int) -> None:
    """Rows that are there, or had to come back, were not looked at; that is no verdict on them."""
    rows = scan_of("credentials", rows_of("credentials", 1, held), WRITTEN, History())
    said = r"^credentials: none was looked at, though 10 rows are owed or present$"
    with pytest.raises(Unread, match=said):
        judged(check_id, seen, LedgerRows({"credentials": rows}))
    with pytest.raises(Unread, match=r"^credentials was not read$"):
        judged(check_id, seen, LedgerRows({}))


def test_what_was_not_looked_at_is_counted_with_what_may_be_there() -> None:
    """Rows that survived, or were never acknowledged, are there to be looked at as well."""
    written = ledger(
        attempt("credentials", 1, 10),
        attempt("credentials", 11, 13, Outcome.INDETERMINATE),
        attempt("credentials", 14, 15, ended_seconds=AFTER_THE_CUT),
    )
    rows = scan_of("credentials", rows_of("credentials", 1, 15), written, restored())
    seen = Credentials(True, 0), LedgerRows({"credentials": rows})
    with pytest.raises(Unread, match="though 15 rows are owed or present"):
        judged("credentials_decrypt", *seen, written=written, history=restored())
    one = ledger(attempt("credentials", 1, 1))
    rows = scan_of("credentials", rows_of("credentials", 1, 1), one, History())
    seen = Credentials(True, 0), LedgerRows({"credentials": rows})
    with pytest.raises(Unread, match="though 1 row is owed or present"):
        judged("credentials_decrypt", *seen, written=one)


def test_a_database_without_what_is_tried_is_not_judged() -> None:
    """No sequence, no function and no credential prove nothing; no login at all is a gap."""
    with pytest.raises(NotApplicable, match=r"^the database has no sequence and no ledger table$"):
        judged("sequences_advance", Behaviour())
    with pytest.raises(NotApplicable, match=r"^the database has no functions that a query can"):
        judged("functions_callable", Behaviour())
    with pytest.raises(NotApplicable, match=r"^this drill writes no credentials$"):
        judged("credentials_decrypt", Credentials(True, 0), written=ledger())
    with pytest.raises(Unread, match=r"^no role tried to log in$"):
        judged("roles_log_in", Behaviour())


def test_functions_that_all_work_are_told_in_few_words() -> None:
    """Nothing else is to be told of them."""
    found = judged("functions_callable", Behaviour(functions={"f()": "", "g()": ""}))
    assert "functions: all 2 can be called" == found.summary


def test_a_credential_that_both_looks_blame_is_counted_once() -> None:
    """All of them wrong, with a key, point at the key; a kind without any is not mentioned."""
    found = judged("credentials_decrypt", Credentials(True, 2, [], [1, 2]))
    assert "credentials: 2 of 2 open to another secret (ids 1, 2)" == found.summary
    assert found.summary == f"credentials: {found.actual}"
    assert "the key lives outside the database, and was not restored with it" == found.cause
    without = judged("credentials_decrypt", Credentials(False, 3, [1]))
    assert "the key lives outside the database, and was not restored with it" == without.cause


def test_rows_that_were_never_owed_leave_nothing_to_look_at() -> None:
    """What was written after the backup may be gone, and no row with it."""
    late = ledger(attempt("credentials", 1, 10, ended_seconds=AFTER_THE_CUT))
    rows = scan_of("credentials", [], late, restored())
    with pytest.raises(NotApplicable, match=r"^no credential is present; "):
        judged(
            "credentials_decrypt",
            Credentials(True, 0),
            LedgerRows({"credentials": rows}),
            written=late,
            history=restored(),
        )


def test_a_role_that_cannot_log_in_is_named() -> None:
    """What the server said is kept; those that can log in are not named."""
    found = judged("roles_log_in", Behaviour(logins={"hub_app": "", "auditor": "no such role"}))
    assert "roles: 1 of 2 cannot log in (namely auditor)" == found.summary
    assert "auditor: no such role" == found.actual


def test_a_function_that_breaks_is_named() -> None:
    """A function that only objects to its arguments can be called."""
    found = judged("functions_callable", Behaviour(functions={"f()": "", "g(text)": "42P01"}))
    assert "functions: 1 of 2 break when called (namely g(text))" == found.summary


@pytest.mark.parametrize(
    ("then", "now", "verdict"),
    [
        ("42883", "42883", Verdict.PASS),
        ("42883", "", Verdict.PASS),
        ("42601", "42601", Verdict.PASS),
        ("", "42601", Verdict.FAIL),
        ("42883", "42601", Verdict.FAIL),
        ("", "42883", Verdict.FAIL),
        ("42883", "42P01", Verdict.FAIL),
    ],
)
def test_a_function_is_judged_by_what_its_call_said_at_the_backup(
    then: str, now: str, verdict: Verdict
) -> None:
    """One that failed then may fail like that now, and in no other way."""
    seen, before = Behaviour(functions={"f()": now}), Behaviour(functions={"f()": then})
    assert verdict is judged("functions_callable", seen, before=before).verdict


@pytest.mark.parametrize("then", ["", "42883"])
@pytest.mark.parametrize("now", ["57014", LEFT_ALONE])
def test_a_function_that_answered_at_the_backup_and_not_now_is_no_pass(then: str, now: str) -> None:
    """A call that was stopped does not show that it works as it did."""
    seen = Behaviour(functions={"f()": now, "g()": ""})
    with pytest.raises(
        Unread, match=r"^1 function gave an answer at the backup and none now \(namely f\(\)\)$"
    ):
        judged("functions_callable", seen, before=Behaviour(functions={"f()": then, "g()": ""}))


@pytest.mark.parametrize("then", ["25006", LEFT_ALONE, "57014", "55P03"])
@pytest.mark.parametrize("now", ["58P01", "42883", "42601"])
def test_a_failure_of_what_gave_no_answer_at_the_backup_is_unknown(then: str, now: str) -> None:
    """A function that writes, and then always fails, was only refused the write."""
    before = Behaviour(functions={"f()": then, "g()": ""})
    found = judged(
        "functions_callable", Behaviour(functions={"f()": now, "g()": ""}), before=before
    )
    assert Verdict.PASS is found.verdict
    assert (
        "functions: 1 of 2 can be called; 1 failed, and gave no answer at the backup"
        == found.summary
    )
    assert 1 == found.counts["unknown"]
    with pytest.raises(NotApplicable, match=r"^no function gave an answer to judge: 1 failed, and"):
        judged("functions_callable", Behaviour(functions={"f()": now}), before=before)


def test_functions_without_an_earlier_look_are_judged_by_themselves() -> None:
    """What no look at the backup knows of breaks; a part that NULL stood for does not."""
    seen = Behaviour(functions={"f()": "", "g()": "42883", "h()": "42601"})
    found = judged("functions_callable", seen)
    assert "functions: 1 of 3 break when called (namely g())" == found.summary
    assert 1 == found.counts["unknown"]


@pytest.mark.parametrize(
    ("check_id", "seen"),
    [
        ("functions_callable", Behaviour(functions={"f()": "42883"})),
        ("sequences_advance", Behaviour(next_keys=(NextKey("s", "c", is_free=False),))),
    ],
)
def test_a_look_at_the_backup_that_failed_excuses_and_blames_nothing(
    check_id: str, seen: Behaviour
) -> None:
    """Whether it was broken then is unknown; no look at all would leave it to be judged."""
    case = our_case(WRITTEN, History(), Observations(), Observations())
    case.after.put(seen)
    assert Verdict.FAIL is CHECKS[check_id].judge(CHECKS[check_id], case).verdict
    case.before.put_unread(Behaviour, "it timed out")
    with pytest.raises(Unread, match=r"^whether it was so at the backup is unknown: it timed out$"):
        CHECKS[check_id].judge(CHECKS[check_id], case)


def test_functions_of_which_none_comes_to_an_end_are_no_pass() -> None:
    """A call that was stopped shows neither that it works nor that it does not."""
    with pytest.raises(
        Unread, match=r"^no function gave an answer to judge: 1 came to no end in the time given$"
    ):
        judged("functions_callable", Behaviour(functions={"sleeps()": "57014"}))


def test_functions_that_failed_before_or_came_to_no_end_are_counted() -> None:
    """They are neither told as losses nor passed over in silence."""
    before = Behaviour(functions={"old()": "42883"})
    functions = {"f()": "", "old()": "42883", "sleeps()": "57014", "copies()": LEFT_ALONE}
    found = judged("functions_callable", Behaviour(functions=functions), before=before)
    assert (
        "functions: 1 of 4 can be called; 1 failed at the backup too; 1 came to no end in the time"
        " given; 1 not called, as that reaches out of the transaction" == found.summary
    )
    expected = {"functions": 4, "broken": 0, "stopped": 0, "as_before": 1}
    assert expected | {"unknown": 0, "unfinished": 1, "left_alone": 1} == found.counts


def test_credentials_that_do_not_open_are_named() -> None:
    """A key that opens some and not others points at the rows, not at the key."""
    found = judged("credentials_decrypt", Credentials(True, 10, [3], [4, 5]))
    assert (
        "credentials: 1 of 10 do not open (id 3); 2 of 10 open to another secret (ids 4, 5)"
        == found.summary
    )
    assert "the sealed rows are not those that were written" == found.cause


def test_a_key_that_is_gone_is_the_cause() -> None:
    """Nothing opens because the key was not restored."""
    found = judged("credentials_decrypt", Credentials(False, 2, [1, 2]))
    assert "there is no key in the hub's volume" == found.actual
    assert "the key lives outside the database, and was not restored with it" == found.cause


@pytest.mark.parametrize(
    "observation",
    [
        Credentials(True, 10, [3], [4, 5]),
        Behaviour(
            REFUSALS,
            REFUSALS[0],
            (NextKey("s", "c", is_free=True),),
            (OWN, NO_TOKEN),
            {"hub_app": ""},
            {"f()": ""},
        ),
    ],
)
def test_observations_survive_being_saved(observation: object) -> None:
    """Saved evidence is judged again exactly as it was."""
    adapter = TypeAdapter(type(observation))
    assert observation == adapter.validate_json(adapter.dump_json(observation))
