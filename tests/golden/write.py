"""Writes the golden files anew: `python -m tests.golden.write`. Read the difference before committing it."""

from __future__ import annotations

from tests.golden.cases import FOLDER, cases, console_text, slack_text


def main() -> None:
    for name, parcel in cases().items():
        (FOLDER / f"{name}.slack.json").write_text(slack_text(name, parcel), encoding="utf-8")
        (FOLDER / f"{name}.console.txt").write_text(console_text(parcel), encoding="utf-8")


if __name__ == "__main__":
    main()
