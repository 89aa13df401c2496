"""What was tried at the end: changes to the audit log, next keys, tenants, logins, functions."""

from dataclasses import replace

from harness.observations.postgres_behaviour import (
    LEFT_ALONE,
    Answer,
    Behaviour,
    NextKey,
    TenantView,
    Tried,
)
from literal_cases.form import Literal, case

REFUSALS = tuple(
    Tried(role, verb, Answer.REFUSED, "42501")
    for role in ("hub_app", "postgres")
    for verb in ("UPDATE", "DELETE", "TRUNCATE")
)
TAKEN = NextKey("public.b_seq", "public.b.id", is_free=False, is_beyond=False)
OWN = TenantView("public.contacts", 1, 10, 10, 0)
NO_TOKEN = TenantView("public.contacts", None, 0, 0, 0)

LITERALS = {
    "audit_log_append_only": Literal(
        fails=case(Behaviour((replace(REFUSALS[1], answer=Answer.ALLOWED), *REFUSALS[2:]))),
        alarm="audit_log: 1 of 5 forbidden changes allowed (namely DELETE by hub_app)",
        counts={"tried": 5, "allowed": 1},
        names=("DELETE by hub_app",),
        holds=case(Behaviour((*REFUSALS[:-1], replace(REFUSALS[-1], said="23001")))),
        because="a trigger refuses where no privilege does",
        all_clear="audit_log: UPDATE, DELETE and TRUNCATE refused for all 2 roles",
    ),
    "audit_log_writable": Literal(
        fails=case(Behaviour((), Tried("hub_app", "INSERT", Answer.REFUSED, "42501"))),
        alarm="audit_log: hub_app cannot add a row (SQLSTATE 42501)",
        names=("INSERT by hub_app",),
        holds=case(Behaviour(REFUSALS, Tried("hub_app", "INSERT", Answer.ALLOWED))),
        because="every other change is refused",
        all_clear="audit_log: hub_app adds a row",
    ),
    "sequences_advance": Literal(
        fails=case(
            Behaviour(next_keys=(TAKEN, replace(TAKEN, column="", is_free=True))),
            before=(Behaviour(next_keys=(replace(TAKEN, is_free=True, is_beyond=True),)),),
        ),
        alarm="sequences: 1 of 2 give no free key next (namely public.b_seq for public.b.id)",
        counts={"tried": 2, "stuck": 1, "as_before": 0},
        names=("public.b_seq for public.b.id",),
        holds=case(
            Behaviour(next_keys=(TAKEN,)),
            before=(Behaviour(next_keys=(replace(TAKEN, is_free=True),)),),
        ),
        because="the key that is taken was chosen by hand, ahead of the sequence, at the backup",
        all_clear="sequences: 0 of 1 give a free key next; 1 gave none at the backup either",
    ),
    "tenant_isolation": Literal(
        fails=case(Behaviour(tenants=(replace(OWN, foreign=1), replace(OWN, tenant=2), NO_TOKEN))),
        alarm="tenants: 1 of 3 views show the wrong rows"
        " (namely tenant 1 sees 10 of 10 own and 1 foreign rows of public.contacts)",
        counts={"views": 3, "wrong": 1},
        names=("public.contacts for tenant 1",),
        holds=case(Behaviour(tenants=(OWN, replace(OWN, tenant=2), NO_TOKEN))),
        because="whoever has no token sees nothing",
        all_clear="tenants: all 2 views show their own rows and no others;"
        " without a token nothing is shown",
    ),
    "roles_log_in": Literal(
        fails=case(Behaviour(logins={"hub_app": "", "auditor": "no such role"})),
        alarm="roles: 1 of 2 cannot log in (namely auditor)",
        counts={"roles": 2, "refused": 1},
        names=("auditor",),
        holds=case(Behaviour(changes=None, logins={"hub_app": ""})),
        because="what else broke keeps nobody from logging in",
        all_clear="roles: all 1 log in",
    ),
    "functions_callable": Literal(
        fails=case(
            Behaviour(functions={"f()": "", "g(text)": "42P01"}),
            before=(Behaviour(functions={"f()": "", "g(text)": ""}),),
        ),
        alarm="functions: 1 of 2 break when called (namely g(text))",
        counts={
            "functions": 2,
            "broken": 1,
            "stopped": 0,
            "as_before": 0,
            "unknown": 0,
            "unfinished": 0,
            "left_alone": 0,
        },
        names=("g(text)",),
        holds=case(
            Behaviour(functions={"f()": "", "old()": "42883", "shouts()": LEFT_ALONE}),
            before=(Behaviour(functions={"f()": "", "old()": "42883", "shouts()": LEFT_ALONE}),),
        ),
        because="a function failed in the same way at the backup, another was never called",
        all_clear="functions: 1 of 3 can be called; 1 failed at the backup too;"
        " 1 not called, as that reaches out of the transaction",
    ),
}
