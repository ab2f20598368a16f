"""Dated, sourced tables: opening, checking, editing and saving them, and choosing among sources that disagree."""

from multivector.world.edit import Edit
from multivector.world.opening import check_folder, default_folder
from multivector.world.world import World

__all__ = ["Edit", "World", "check_folder", "default_folder"]
