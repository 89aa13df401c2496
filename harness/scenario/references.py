"""What a step refers to is there by then: a mark, the backup it builds on, what it damages."""

from dataclasses import dataclass, field

from harness.core.points import HALF, HALF_UPLOADED
from harness.kinds import Pointed, PointInTime
from harness.scenario.kinds import Kinds
from harness.scenario.problem import Loc, Problems, shown, suggestion
from harness.scenario.steps import (
    Backup,
    Damage,
    MarkMoment,
    Meanwhile,
    MethodChoice,
    Moment,
    Restore,
    Step,
    Write,
    meanwhile_of,
)


def check_references(steps: list[Step | None], kinds: Kinds, problems: Problems) -> None:
    """Report every step that refers to a mark or a backup that is not there by then.

    Nothing is reported while an entry has problems of its own: it may be the one referred to.
    """
    if None in steps:
        return
    so_far = _SoFar(kinds, problems)
    for index, step in enumerate(steps):
        loc: Loc = ("timeline", index)
        match step:
            case Backup():
                so_far.backup(step, loc)
            case MarkMoment():
                so_far.mark(step, loc)
            case Damage():
                so_far.damage(step, loc)
            case Restore() if step.to is not None:
                so_far.moment(step, step.to, loc)
        if step is not None and (meanwhile := meanwhile_of(step)) is not None:
            so_far.point(step, meanwhile, loc)


@dataclass(slots=True)
class _SoFar:
    """The backups taken, each with the method of each store, and the marks set, each with the
    backups that were taken before it.
    """

    kinds: Kinds
    problems: Problems
    methods: dict[str, dict[str, str]] = field(default_factory=dict)
    marks: dict[str, frozenset[str]] = field(default_factory=dict)
    put_away: set[str] = field(default_factory=set)
    choices: dict[str, dict[str, MethodChoice]] = field(default_factory=dict)

    def backup(self, step: Backup, loc: Loc) -> None:
        for choice in step.methods:
            on = choice.options.builds_on
            if on is not None and self.methods.get(on, {}).get(choice.store) != choice.method:
                valid = [
                    name
                    for name, methods in self.methods.items()
                    if methods.get(choice.store) == choice.method
                ]
                what = f"no earlier {choice.method} of {choice.store} is named {shown(on)}"
                self.problems.add((*loc, choice.store), f"{what}. {suggestion(on, valid)}")
            elif on is not None and (step.keep is not None or on in self.put_away):
                name = step.name if step.keep is not None else on
                what = f"backup {shown(name)} is put away, and {choice.method} needs both at hand"
                self.problems.add((*loc, choice.store), f"{what}. Remove keep")
        if step.keep is not None:
            self.put_away.add(step.name)
        self.methods[step.name] = {choice.store: choice.method for choice in step.methods}
        self.choices[step.name] = {choice.store: choice for choice in step.methods}

    def mark(self, step: MarkMoment, loc: Loc) -> None:
        if step.name in self.marks:
            twice = f"mark {shown(step.name)} is set twice. Give each mark its own name"
            self.problems.add((*loc, "mark"), twice)
        self.marks[step.name] = frozenset(self.methods)

    def damage(self, step: Damage, loc: Loc) -> None:
        valid = [name for name, methods in self.methods.items() if step.store in methods]
        for key, name in (("damage", step.backup), ("with", step.other)):
            if name is not None and name not in valid:
                what = f"no earlier backup of {step.store} is named {shown(name)}"
                self.problems.add((*loc, key), f"{what}. {suggestion(name, valid)}")

    def point(self, step: Step, meanwhile: Meanwhile, loc: Loc) -> None:
        """Report a point that the step does not come to, or at which it cannot be ended."""
        if not meanwhile.at:
            return
        valid = self._points(step, by_a_strike=meanwhile.what is not None)
        if meanwhile.at not in valid:
            here = (*loc, "meanwhile", "at") if meanwhile.what else (*loc, "breaks_off")
            said = f"this step never comes to {shown(meanwhile.at)}"
            others = f"Valid: {', '.join(valid)}" if valid else "It has no points"
            after = ". A time is always possible: after: 200ms" if meanwhile.what else ""
            self.problems.add(here, f"{said}. {others}{after}")

    def _points(self, step: Step, *, by_a_strike: bool) -> list[str]:
        if isinstance(step, Write):
            return [HALF] if by_a_strike else []
        taken: dict[str, MethodChoice] = {}
        if isinstance(step, Backup):
            taken = {choice.store: choice for choice in step.methods}
        elif isinstance(step, Restore):
            choices = self.choices.get(step.backup, {})
            taken = {store: choices[store] for store in step.order if store in choices}
        found: list[str] = []
        for choice in taken.values():
            method = self.kinds.methods[choice.method]
            if isinstance(method, Pointed):
                found += method.points(step.verb, choice.options)
        if isinstance(step, Backup) and step.keep is not None and step.keep.offsite:
            found.append(HALF_UPLOADED)
        return list(dict.fromkeys(found))

    def moment(self, step: Restore, to: Moment, loc: Loc) -> None:
        here = (*loc, "to")
        methods = self.methods.get(step.backup)
        if methods is None:
            return
        chosen = [self.kinds.methods[methods[s]] for s in step.order if s in methods]
        if not any(isinstance(method, PointInTime) for method in chosen):
            names = ", ".join(
                id_ for id_, method in self.kinds.methods.items() if isinstance(method, PointInTime)
            )
            what = f"backup {shown(step.backup)} cannot be restored to a moment"
            self.problems.add(here, f"{what}. Methods that can: {names or 'none'}")
        elif to.mark not in self.marks:
            what = f"mark {shown(to.mark)} is not set by then"
            self.problems.add(here, f"{what}. {suggestion(to.mark, list(self.marks))}")
        elif step.backup not in self.marks[to.mark]:
            what = f"mark {shown(to.mark)} is older than backup {shown(step.backup)}"
            self.problems.add(here, f"{what}. A recovery only goes forward from its backup")
