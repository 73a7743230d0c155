"""Functions that listen to a session."""

from collections.abc import Callable
from typing import Any

from twitchscope.session.listeners import SessionListener
from twitchscope.session.session import Session


def listened(session: Session, *, name: str = SessionListener.name, **hear: Callable[[Any], object]) -> Session:
    """Let functions listen to a session as the methods of a `SessionListener` that they are named after; return it."""
    listener = SessionListener()
    listener.name = name
    for method, function in hear.items():
        assert hasattr(listener, method)
        setattr(listener, method, function)
    session.add_listener(listener)
    return session
