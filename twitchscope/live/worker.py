"""The thread in which a session runs beside the window."""

import threading

from twitchscope.session.result import SessionResult
from twitchscope.session.session import Session


class SessionThread:
    """Runs a session; the window asks whether it has ended and what it came to.

    Attributes
    ----------
    result : SessionResult or None
        What it came to, once it has ended well.
    error : Exception or None
        Why it failed.
    """

    def __init__(self, session: Session) -> None:
        self.result: SessionResult | None = None
        self.error: Exception | None = None
        self._session = session
        self._thread = threading.Thread(target=self._run, name="session", daemon=True)

    @property
    def is_running(self) -> bool:
        """True until the session has ended and its files are closed."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Start the session."""
        self._thread.start()

    def stop_and_join(self) -> None:
        """Ask the session to end and wait until its files are closed."""
        self._session.stop()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            self.result = self._session.run()
        except Exception as error:  # whatever it is, the window has to say it
            self.error = error
