"""Finding lottery tickets, and making them."""

from lottery.tickets.arms import ARMS
from lottery.tickets.replicate import Replicate
from lottery.tickets.search import Arm, Level, find_ticket, pick_mask
from lottery.tickets.settings import PRUNED, WHEN, PruningSettings
from lottery.tickets.starts import STARTS, register_start

__all__ = [
    "ARMS",
    "PRUNED",
    "STARTS",
    "WHEN",
    "Arm",
    "Level",
    "PruningSettings",
    "Replicate",
    "find_ticket",
    "pick_mask",
    "register_start",
]
