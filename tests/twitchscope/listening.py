"""Functions as listeners of a session."""

from collections.abc import Callable
from typing import Any

from twitchscope.session.listeners import SessionListener
from twitchscope.session.session import Session


def listened(session: Session, *, name: str = SessionListener.name, **hear: Callable[[Any], object]) -> Session:
    """Add functions as the `SessionListener` methods of their names, and return the session."""
    listener = SessionListener()
    listener.name = name
    for method, function in hear.items():
        assert hasattr(listener, method)
        setattr(listener, method, function)
    session.add_listener(listener)
    return session
