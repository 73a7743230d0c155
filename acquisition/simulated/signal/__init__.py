"""From potentials to samples: where they add up, what spoils them, the converter, and how large a twitch stands out."""
