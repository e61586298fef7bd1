"""Progress on the terminal: a bar on stderr, plain lines where stderr is no terminal."""

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from rag.reports import Progress


class TerminalProgress:
    """Call it with each `Progress`; use it as a context so that the bar is put away at the end."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bars: Bars | None = None
        self._task: TaskID | None = None
        self._stage = ""

    def __call__(self, progress: Progress) -> None:
        """Show where a step stands."""
        if not self._console.is_terminal:
            if progress.stage != self._stage:
                sys.stderr.write(f"{progress.stage} …\n")
                sys.stderr.flush()
        else:
            self._draw(progress)
        self._stage = progress.stage

    def _draw(self, progress: Progress) -> None:
        if self._bars is None:
            self._bars = Bars(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=self._console,
            )
            self._bars.start()
        if self._task is None or progress.stage != self._stage:
            self._task = self._bars.add_task(progress.stage, total=progress.total)
        self._bars.update(self._task, completed=progress.done, total=progress.total)

    def close(self) -> None:
        """Put the bar away."""
        if self._bars is not None:
            self._bars.stop()
            self._bars = self._task = None
            self._stage = ""

    def __enter__(self) -> "TerminalProgress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
