"""Invented records as the release and the hub hold them."""

from __future__ import annotations


def record(index: int, /, **changes) -> dict:
    return {
        "index": index,
        "triple_element": "S1_R1_O2",
        "question": f"While Mira Vold was working for Tarn Mills {index}, which employer did "
        "Mira Vold work for concurrently?",
        "facts": [
            f"Mira Vold works for Tarn Mills {index} from 1990 to 2000.",
            "Mira Vold works for Lake Mills in 1995.",
        ],
        "answer": ["Lake Mills"],
    } | changes


def without(values: dict, key: str) -> dict:
    return {name: value for name, value in values.items() if name != key}
