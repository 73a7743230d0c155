"""What a patient offers who may be needled from the screen: simulated ones alone."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class NeedledByHand(Protocol):
    """A board whose patient whoever watches may needle."""

    @property
    def fat_mm(self) -> float:
        """Skin and fat above the muscle."""
        ...

    @property
    def locus_depth_mm(self) -> float:
        """Depth of the sensitive locus below the skin."""
        ...

    def needle(self, depth_mm: float, across_mm: float = 0.0) -> None:
        """Pass the needle as soon as the signal that is drawn already allows; may be called from any thread.

        Parameters
        ----------
        depth_mm : float
            Depth of the tip below the skin.
        across_mm : float
            Distance of the tip from the locus along the skin.
        """
        ...
