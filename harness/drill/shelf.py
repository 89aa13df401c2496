"""The drill's backups: each taken with what was observed then, and restored from later."""

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.backups import METHODS
from harness.backups.pg_dump import GLOBALS
from harness.core.contents import hidden
from harness.core.errors import DrillError, Unavailable
from harness.core.history import Artefact, BackedUpAgain, Doubt, Mark, Restoration
from harness.core.observation import Observations
from harness.core.writing import reason
from harness.drill.artefacts import age_seconds, damage, reading, weigh
from harness.drill.doubts import doubts
from harness.drill.keeping import Keeping
from harness.drill.observing import observe
from harness.kinds import AdoptingMethod, Armed, Options, PointInTime, Provable, Target
from harness.manifest import compared_with
from harness.observations.own_checks import OwnAnswers
from harness.scenario.model import Scenario
from harness.scenario.steps import Adopt, Adopted, Backup, Damage, MethodChoice, Restore
from harness.site import Site


@dataclass(slots=True)
class Shelf:
    """Backups of one drill, by (backup, store): what was `seen` at each and how it was taken; and
    what the scenario's own checks said at each, `own` by backup. `migrated` is what was seen of a
    database that was migrated after its last backup. `logins` are the superuser and the database of
    clusters that were copied elsewhere.
    """

    site: Site
    seen: dict[tuple[str, str], Observations] = field(default_factory=dict)
    choices: dict[tuple[str, str], MethodChoice] = field(default_factory=dict)
    own: dict[str, OwnAnswers] = field(default_factory=dict)
    migrated: Observations = field(default_factory=Observations)
    logins: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    keeping: Keeping = field(init=False)

    def __post_init__(self) -> None:
        self.keeping = Keeping(self.site)

    def arm(self, scenario: Scenario) -> None:
        """Put the methods to work that must be so before the first row is written, and make sure
        of the places where backups are kept.

        Raises: Unavailable: this machine lacks what one of them needs. DrillError: one failed.
        """
        backups = [step for step in scenario.timeline if isinstance(step, Backup)]
        self.keeping.prepare(step.keep for step in backups if step.keep)
        armed: list[MethodChoice] = []
        for step in backups:
            for choice in step.methods:
                method = METHODS[choice.method]
                if not isinstance(method, Armed) or choice.store in self.site.missing:
                    continue
                if choice not in armed and choice.options.builds_on is None:
                    with self.site.recorder.on():
                        method.arm(self.site, choice.store, choice.options)
                    armed.append(choice)

    def ask(self, backup: str = "") -> None:
        """Make the scenario's own checks, before a backup or, without a name, before everything.

        While something is stopped they would tell of that: what they said before stands then.
        """
        site = self.site
        if not site.own_checks:
            return
        answers = dict(list(self.own.values())[-1].answers) if self.own else {}
        if all(site.service(store).is_running for store in site.present):
            seen = observe(site, {"platform"}, Observations(), at_backup=True).get(OwnAnswers)
            now = seen.answers if seen else {}
            answers |= {id_: said for id_, said in now.items() if not said.unread}
        self.own[backup] = OwnAnswers(answers)

    def take(self, backup: str, choice: MethodChoice, meanwhile: Callable[[], None]) -> None:
        """Back up one store; `meanwhile` is called as soon as the moment was observed.

        Raises: DrillError: the backup failed.
        """
        site, store = self.site, choice.store
        directory = self.keeping.directory(backup, store)
        directory.mkdir(parents=True, mode=0o700)

        def observe_at_cut(snapshot: str | None) -> None:
            self.seen[backup, store] = observe(
                site, {store}, Observations(), at_backup=True, snapshot=snapshot
            )
            if store == "postgres":
                self.migrated = Observations()
            meanwhile()

        begun_seconds = self._shared_moment(backup, choice) or site.clock.now_seconds()
        try:
            tool = METHODS[choice.method].take(
                site, store, directory, choice.options, observe_at_cut
            )
        except Unavailable:
            raise
        except DrillError as error:
            self._note_again(backup, choice, error.message)
            raise
        if store in site.on_a_full_disk:
            site.on_a_full_disk.remove(store)
            raise Unavailable(f"{choice.method} of {store} was to find a full disk, and met none")
        ended_seconds = site.clock.now_seconds()
        files, size_bytes, sha256 = weigh(directory)
        server = site.service(store).identity
        self.choices[backup, store] = choice
        site.history.artefacts.append(
            Artefact(
                backup=backup,
                store=store,
                method=choice.method,
                path=f"{backup}/{store}",
                files=files,
                size_bytes=size_bytes,
                sha256=sha256,
                tool=tool,
                begun_seconds=begun_seconds,
                ended_seconds=ended_seconds,
                options=choice.options.model_dump(by_alias=True),
                source=f"{server.product} {server.version}",
                lag_seconds=METHODS[choice.method].promise(choice.options).lag_seconds,
            )
        )
        if site.history.restored(store):
            self._note_again(backup, choice, self._unprovable(choice, directory))

    def _note_again(self, backup: str, choice: MethodChoice, wrong: str) -> None:
        if self.site.history.restored(choice.store):
            again = BackedUpAgain(backup, choice.store, choice.method, wrong)
            self.site.history.again.append(again)

    def _unprovable(self, choice: MethodChoice, directory: Path) -> str:
        """Return why a backup just taken could not be restored from, nothing where it could."""
        method, taken = METHODS[choice.method], self.site.history.artefacts[-1]
        try:
            if isinstance(method, Provable):
                method.prove(self.site, choice.store, directory, choice.options)
        except Unavailable:
            raise
        except DrillError as error:
            return error.message
        if not taken.files and choice.options.is_restorable:
            return "it left nothing"
        return "; ".join(doubts(directory, taken, ()))

    def rehearse(self, choice: MethodChoice) -> int:
        """Take a backup of one store that nobody keeps; return the size of its largest file.

        Raises: DrillError: the backup failed.
        """
        with TemporaryDirectory(dir=self.site.directory, prefix="rehearsed-") as name:
            directory = Path(name) / "rehearsal" / choice.store
            directory.mkdir(parents=True, mode=0o700)
            METHODS[choice.method].take(
                self.site, choice.store, directory, choice.options, lambda _: None
            )
            sizes = [path.stat().st_size for path in directory.rglob("*") if path.is_file()]
        return max(sizes, default=0)

    def adopt(self, step: Adopt) -> str:
        """Copy real backups to the others, with what their manifest saw; return their sizes.

        Raises: DrillError: one cannot be read.
        """
        isolated = self.site.platform.is_isolated
        where = "cut off from this machine" if isolated else "not cut off from this machine"
        sizes = [f"{one.choice.store} {self._take_in(step, one):,} bytes" for one in step.backups]
        return f"{', '.join(sizes)}; {where}"

    def _take_in(self, step: Adopt, one: Adopted) -> int:
        site, choice = self.site, one.choice
        store, method = choice.store, METHODS[choice.method]
        assert isinstance(method, AdoptingMethod)
        directory = self.keeping.directory(step.name, store)
        directory.mkdir(parents=True, mode=0o700)
        begun_seconds = site.clock.now_seconds()
        try:
            method.take_in(store, one.file, directory)
            if one.roles:
                shutil.copyfile(one.roles, directory / GLOBALS)
                choice = replace(choice, options=_with_roles(choice.options))
        except OSError as error:
            raise DrillError(f"{one.file} cannot be read: {reason(error)}") from None
        known = compared_with(step.manifest, store)
        self.seen[step.name, store] = known.observed
        self.choices[step.name, store] = choice
        if choice.method != "pg_dump":
            self.logins[step.name, store] = one.superuser, one.database or known.database
        files, size_bytes, sha256 = weigh(directory)
        site.history.artefacts.append(
            Artefact(
                backup=step.name,
                store=store,
                method=choice.method,
                path=f"{step.name}/{store}",
                files=files,
                size_bytes=size_bytes,
                sha256=sha256,
                tool="adopted",
                begun_seconds=begun_seconds,
                ended_seconds=site.clock.now_seconds(),
                options=choice.options.model_dump(by_alias=True),
                source=str(one.file),
                is_exact=known.is_exact,
                age_seconds=age_seconds(one.file, known.made_utc),
            )
        )
        return size_bytes

    def damage(self, step: Damage) -> str:
        """Damage what a backup left of a store; return what was done to which file.

        Raises: DrillError: there is nothing to damage.
        """
        self._choice(step.backup, step.store)
        with ExitStack() as kept:
            directory = kept.enter_context(self.keeping.as_kept(step.backup, step.store))
            other = step.other and kept.enter_context(self.keeping.as_kept(step.other, step.store))
            return damage(directory, step.how, step.file, other or None)

    def restore(self, step: Restore, store: str) -> None:
        """Bring one store back. Raises: DrillError: the restore failed, or there is no backup."""
        site = self.site
        choice = self._choice(step.backup, store)
        method = METHODS[choice.method]
        taken = next(
            artefact
            for artefact in site.history.artefacts
            if (artefact.backup, artefact.store) == (step.backup, store)
        )
        cut_seconds = taken.begun_seconds
        begun_seconds = site.clock.now_seconds()
        target = None
        site.postgres_login = self.logins.get((step.backup, store), site.postgres_login)
        if site.platform.is_adopted:
            # Some methods restore beside whatever is there.
            site.service(store).stop()
            site.empty(store)
        with self.keeping.at_hand(step.backup, store) as directory, reading(directory, store):
            others = [a for a in site.history.artefacts if a.store == store and a is not taken]
            site.history.doubts += [
                Doubt(step.backup, store, said) for said in doubts(directory, taken, others)
            ]
            if isinstance(method, PointInTime):
                target = self._target(step)
                said = method.recover(site, store, directory, choice.options, target)
                if target is not None:
                    cut_seconds = target.mark.at_seconds
                elif method.promise(choice.options).lag_seconds == 0:
                    cut_seconds = begun_seconds
            else:
                said = method.restore(site, store, directory, choice.options)
        # An empty server answered before; what counts is when the restored one does.
        site.wait_ready(store)
        site.history.ready_seconds[store] = site.clock.now_seconds()
        site.history.restorations.append(
            Restoration(
                backup=step.backup,
                store=store,
                method=choice.method,
                cut_seconds=cut_seconds,
                begun_seconds=begun_seconds,
                ended_seconds=site.clock.now_seconds(),
                said=hidden(said),
                target=str(target) if target else "",
            )
        )

    def _shared_moment(self, backup: str, choice: MethodChoice) -> float | None:
        """Return when the run began that this backup shares with that of another store, if any."""
        for artefact in self.site.history.artefacts if choice.options.shares else ():
            earlier = self.choices.get((backup, artefact.store))
            if earlier and earlier.options.shares == choice.options.shares:
                return artefact.begun_seconds
        return None

    def _choice(self, backup: str, store: str) -> MethodChoice:
        choice = self.choices.get((backup, store))
        if choice is None:
            raise DrillError(f"backup {backup} holds nothing of {store}: it failed")
        return choice

    def _target(self, step: Restore) -> Target | None:
        if step.to is None:
            return None
        marks: dict[str, Mark] = {mark.name: mark for mark in self.site.history.marks}
        return Target(marks[step.to.mark], step.to.by)


def _with_roles(options: Options) -> Options:
    return options.model_copy(update={"globals": True})
