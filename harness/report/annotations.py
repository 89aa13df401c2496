"""What kept drills from PASS, at the lines of their scenarios: workflow commands of GitHub."""

from pathlib import Path

from harness.core.verdict import Verdict
from harness.report.run_folder import Run
from harness.report.wording import sentence

_LEVELS = {Verdict.FAIL.value: "error", Verdict.UNVERIFIED.value: "warning"}


def annotations(run: Run, root: Path) -> list[str]:
    """Return a line for each drill's first trouble and each drill without evidence. `root` is the
    folder of the repository; a scenario below it is named from there.
    """
    told = []
    for drill in run.drills:
        if not drill.troubles:
            continue
        first, *more = drill.troubles
        said = [
            sentence(first.said),
            sentence(first.next_step),
            f"And {len(more)} more." if more else "",
            f"Run it again: {drill.run.rerun}",
        ]
        place = (_below(drill.path, root), first.line)
        told.append(_command(first.word, f"{drill.word}: {drill.title}", place, said))
    for unplayed in run.unplayed:
        said = [sentence(unplayed.reason)]
        said += [f"Run it again: {unplayed.rerun}"] if unplayed.rerun else []
        word = Verdict.UNVERIFIED.value
        place = (_below(unplayed.path, root), 1)
        told.append(_command(word, f"{word}: {unplayed.title}", place, said))
    return told


def _command(word: str, title: str, place: tuple[str, int], said: list[str]) -> str:
    path, line = place
    where = f"file={_property(path)},line={line}," if path else ""
    message = _data("\n".join(filter(None, said)))
    return f"::{_LEVELS[word]} {where}title={_property(title)}::{message}"


def _below(path: str, root: Path) -> str:
    absolute = Path(path).absolute()
    inside = path and absolute.is_relative_to(root)
    return absolute.relative_to(root).as_posix() if inside else path


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
