"""Finding lottery tickets, and making them."""

from lottery.tickets.arms import ARMS
from lottery.tickets.search import Arm, Level, find_ticket, pick_mask
from lottery.tickets.settings import PRUNED, WHEN, PruningSettings
from lottery.tickets.starts import STARTS

__all__ = ["ARMS", "PRUNED", "STARTS", "WHEN", "Arm", "Level", "PruningSettings", "find_ticket", "pick_mask"]
