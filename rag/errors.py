"""Errors a user can cause or mend: one sentence in Chinese and in English, saying what happened and what to do."""


class RagError(Exception):
    """Base of all errors that are shown to the user as one line, without a traceback.

    Parameters
    ----------
    chinese, english
        The same sentence twice: what happened, and what to do.
    """

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"{chinese} {english}")
        self.chinese = chinese
        self.english = english


class SettingsError(RagError):
    """A setting (environment variable or option) cannot be used."""


class ModelError(RagError):
    """The embedding model is missing, damaged or cannot be prepared."""


class ReadError(RagError):
    """A file cannot be read as a document; the reason is shown in the list of skipped files."""


class PassingFault(ReadError):
    """A file could not be read this time (out of time, the reader died): the same file may be read the next time."""


class IndexMissing(RagError):
    """There is no index yet."""


class IndexMismatch(RagError):
    """The index was made by another model, schema or setting."""


class IndexDamaged(RagError):
    """Files of the index are missing or damaged."""


class IndexBusy(RagError):
    """Another process is building the index."""


class StorageError(RagError):
    """The index folder cannot be written (read-only, full disk)."""


class QuestionError(RagError):
    """A question that cannot be searched: empty, blank or too long."""


class DocumentMissing(RagError):
    """A document named by the user is neither in the index nor in the folder."""


class UsageError(RagError):
    """A command or setting that was given makes no sense; exit status 2."""
