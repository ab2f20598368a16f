"""The literature on bare arrays: numpy in, frozen dataclass out."""
