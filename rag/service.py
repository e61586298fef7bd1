"""The running assistant behind the page: prepares the model, updates the index, answers; safe to call from threads."""

import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass

from rag.answer import answer_steps
from rag.build import build_index
from rag.chat_model import load_chat_model
from rag.cited import CitedDocuments
from rag.embed import Embedder, embedder_identity, load_embedder
from rag.errors import DocumentMissing, IndexMissing, RagError
from rag.filters import EVERYTHING, Filter
from rag.generations import current_generation, is_held_back
from rag.identity import Identity
from rag.opened import OpenBuilds
from rag.reports import BuildReport, FileReport, Progress
from rag.settings import Settings
from rag.store import Library
from rag.types import Answer, Document

_KEEP_CHARACTERS = 50_000_000
"""Text of documents that answers were made from, kept for their citations whatever becomes of the index."""


@dataclass(frozen=True)
class Status:
    """What the page shows of the service.

    Attributes
    ----------
    ready
        Questions can be answered now.
    busy
        The model is being prepared or the index updated.
    progress
        Where that stands, None when nothing runs.
    error
        Why the last preparation or update failed, None when it did not.
    generation, documents, passages
        The build that answers, and what it holds.
    warning
        What the user should know about the build that answers: it is an older one, because the current one is damaged
        or the user went back to it. None otherwise.
    """

    ready: bool
    busy: bool
    progress: Progress | None
    error: str | None
    generation: str | None
    documents: int
    passages: int
    warning: str | None = None


class Service:
    """One model, the current index, and at most one update at a time.

    Parameters
    ----------
    settings
        Folders and model.
    identity, load
        What the embedding model is, and what loads it; tests give a small one.
    report
        Told of every progress besides the page (the terminal).
    """

    def __init__(
        self,
        settings: Settings,
        *,
        identity: Callable[[Settings], Identity] = embedder_identity,
        load: Callable[[Settings, Callable[[Progress], None]], Embedder] = load_embedder,
        report: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        self.settings = settings
        self._load = load
        self._report = report
        self._writer = load_chat_model(settings)
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        self._worker: threading.Thread | None = None
        self._embedder: Embedder | None = None
        self._builds = OpenBuilds(settings.index, lambda: identity(settings))
        self._cited = CitedDocuments(_KEEP_CHARACTERS)
        self._progress: Progress | None = None
        self._error: str | None = None
        self.last_build: BuildReport | None = None

    def start(self) -> bool:
        """Begin: as `start_update`, but an index that the user has gone back to stays as it is."""
        return self._start(self._prepare if is_held_back(self.settings.index) else self._update)

    def start_update(self) -> bool:
        """Prepare the model and bring the index up to date in the background.

        Returns
        -------
        bool
            False when an update runs already.
        """
        return self._start(self._update)

    def _start(self, work: Callable[[], None]) -> bool:
        with self._lock:
            if self._worker is not None and self._worker.is_alive():
                return False
            self._error = None
            self._builds.forget_damage()
            self._progress = Progress("准备中", 0, 1)
            self._worker = threading.Thread(target=self._guarded, args=[work], name="index-update", daemon=True)
            self._worker.start()
            return True

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the running update has ended."""
        worker = self._worker
        if worker is not None:
            worker.join(timeout)

    def status(self) -> Status:
        """Where the service stands; switches to a newer build, also one made by another process."""
        # Whether it runs is asked first: what ends meanwhile is seen as running once more, never as having failed.
        worker = self._worker
        busy = worker is not None and worker.is_alive()
        error = self._error
        library: Library | None = None
        if self._embedder is not None:
            try:
                library = self._builds.current()
            except IndexMissing:
                library = None
            except RagError as failure:
                error = error or str(failure)
        return Status(
            ready=library is not None,
            busy=busy,
            progress=self._progress if busy else None,
            error=error,
            generation=library.generation if library else None,
            documents=len(library.paths) if library else 0,
            passages=library.size if library else 0,
            warning=self._builds.warning(library) if library else None,
        )

    def ask(self, question: str, only: Filter = EVERYTHING) -> tuple[Answer, str]:
        """Answer a question from the documents of the current build that meet a filter.

        Returns
        -------
        Answer, str
            The answer and the id of the build that its citations belong to.

        Raises
        ------
        RagError
            The question cannot be searched, or there is no usable index.
        """
        *_, last = self.ask_steps(question, only=only)
        return last

    def ask_steps(
        self, question: str, history: Sequence[str] = (), only: Filter = EVERYTHING
    ) -> Generator[tuple[Answer, str], None, None]:
        """Answer as `ask`, giving what there is after each sentence that a language model has written.

        `history` holds the questions before it, oldest first.

        Closing the iterator ends the request to the model.
        """
        library = self._builds.current()
        steps = answer_steps(
            library,
            self._model(),
            question,
            only=only,
            tuning=self.settings.tuning,
            writer=self._writer,
            history=history,
            explained=True,
        )
        with closing(steps):
            for answer in steps:
                for path in {c.document for c in answer.citations} | {p.document for p in answer.passages}:
                    self._cited.keep(library.generation, library.document(path))
                yield answer, library.generation

    def files(self) -> list[FileReport]:
        """What the current build says of each file; empty before the first one."""
        if current_generation(self.settings.index) is None:
            return []
        return [report for report, _ in self._builds.current().reports()]

    def source(self, document: str, generation: str) -> Document:
        """The text a citation was made from.

        Raises
        ------
        DocumentMissing
            The build is gone, or never held the document.
        """
        kept = self._cited.get(generation, document)
        if kept is not None:
            return kept
        library = self._builds.get(generation)
        if library is None:
            raise DocumentMissing(
                "引用所依据的索引版本已被替换，请重新提问。",
                "The build that this citation rests on is gone; ask again.",
            )
        return library.document(document)

    def _update(self) -> None:
        embedder = self._model()
        self.last_build = build_index(self.settings, embedder.identity, self._model, self._show, wait=True)
        self._builds.current()

    def _prepare(self) -> None:
        self._model()
        self._builds.current()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except RagError as error:
            self._error = str(error)
        except Exception as error:  # noqa: BLE001 - a thread has no caller: whatever happens, the page must say it
            self._error = (
                f"更新索引时出现意外错误（{type(error).__name__}），原有索引未受影响；"
                "请运行 python -m rag doctor 检查。 "
                f"An unexpected error ({type(error).__name__}) while updating; the index that was there is unharmed. "
                "Run python -m rag doctor."
            )

    def _show(self, progress: Progress) -> None:
        self._progress = progress
        self._report(progress)

    def _model(self) -> Embedder:
        with self._loading:
            if self._embedder is None:
                self._embedder = self._load(self.settings, self._show)
            return self._embedder
