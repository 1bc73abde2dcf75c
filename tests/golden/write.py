"""Writes the golden files anew: `python -m tests.golden.write`. Read the difference before committing it."""

from __future__ import annotations

from tests.golden.cases import FOLDER, cases
from tests.golden.forms import MADE


def main() -> None:
    for name, parcel in cases().items():
        for ending, make in MADE.items():
            text = make(name, parcel)
            if text:
                (FOLDER / f"{name}.{ending}").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
