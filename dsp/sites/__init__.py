"""What is told of a needled site, from its twitches and its rest, and how far numbers so few can be trusted."""
