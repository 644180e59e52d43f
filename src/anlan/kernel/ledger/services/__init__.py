"""Writes with their entries; sealing the entries under signed heads; asking witnesses."""

from anlan.kernel.ledger.services.heads import seal
from anlan.kernel.ledger.services.once import Stamp, write_once
from anlan.kernel.ledger.services.witnesses import ask_witnesses, known_witnesses
from anlan.kernel.ledger.services.writing import (
    NestedWrite,
    SentBefore,
    Write,
    WriteWithoutEntry,
    forget_client_writes,
    is_writing,
    write,
)

__all__ = [
    "NestedWrite",
    "SentBefore",
    "Stamp",
    "Write",
    "WriteWithoutEntry",
    "ask_witnesses",
    "forget_client_writes",
    "is_writing",
    "known_witnesses",
    "seal",
    "write",
    "write_once",
]
