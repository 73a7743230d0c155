"""Thread that runs a session beside the window."""

import threading

from twitchscope.session.result import SessionResult
from twitchscope.session.session import Session


class SessionThread:
    """Runner of a session in a thread; the window polls its end and result.

    Attributes
    ----------
    result : SessionResult or None
        Result, once the session has ended well.
    error : Exception or None
        Exception that ended the session.
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
        """Request the end of the session and wait until its files are closed."""
        self._session.stop()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            self.result = self._session.run()
        except Exception as error:  # the window reports any error
            self.error = error
