"""Draws docs/images/alert.png: what the daemon really posts to Slack when root deletes a group, in a browser.

Run `python -m docs.images.render`. It runs the daemon once against a local S3 and a local Slack, on the example's
record dated a few minutes back, turns the posted blocks into HTML and takes a screenshot with Chromium.
"""

from __future__ import annotations

import gzip
import html
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from playwright.sync_api import sync_playwright

from examples.bucket_files import deleted_group
from tests.doubles.aws import moto_server
from tests.doubles.slack import APP_TOKEN, TOKEN, Post, SlackServer

HERE = Path(__file__).parent
BUCKET, ACCOUNT, REGION = "example-trail", "111122223333", "us-east-1"
CHROMIUM_ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
CHROMIUM_ARGS += ["--disable-background-networking", "--disable-component-update"]
BUTTONS = f"app_token: {APP_TOKEN}, may_press: S0RESPONDERS"
CONFIG = """\
sources: [{{url: "s3://{bucket}"}}]
state: {{url: "sqlite:///state.db"}}
destinations:
  - {{name: security, type: slack, token: {token}, channel: "#security-alerts", api_url: "{api_url}", {buttons}}}
notices: []
accounts: {{"{account}": prod}}
http: {{listen: "127.0.0.1:0"}}
"""


def main() -> None:
    with moto_server() as endpoint, SlackServer() as slack, tempfile.TemporaryDirectory() as folder:
        access = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "only-for-tests"}
        environment = {**os.environ, **access, "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": REGION}
        _upload(endpoint, access=access)
        config = Path(folder) / "config.yaml"
        config.write_text(
            CONFIG.format(bucket=BUCKET, account=ACCOUNT, token=TOKEN, api_url=slack.api_url, buttons=BUTTONS),
            encoding="utf-8",
        )
        command = [sys.executable, "-m", "daemon", "run", "--once", "-c", str(config)]
        subprocess.run(command, env=environment, check=True, timeout=120, capture_output=True)  # noqa: S603 - our own program
        post = next(post for post in slack.opens() if "deleted IAM group" in post.text)
        replies = sum(reply.thread_ts == post.ts for reply in slack.replies())
    page = (HERE / "slack.html").read_text(encoding="utf-8")
    icon = page[page.index("<svg") : page.index("</svg>") + 6]
    screenshot(page.replace("<!--message-->", message_html(post, replies=replies, icon=icon)), HERE / "alert.png")


def _upload(endpoint: str, *, access: Mapping[str, str]) -> None:
    """The example's log file, of six minutes ago, so that the alert is not a late one."""
    happened = datetime.now(UTC) - timedelta(minutes=6)
    record = deleted_group() | {"eventTime": f"{happened:%Y-%m-%dT%H:%M:%SZ}"}
    seen = happened + timedelta(minutes=4)
    key = (
        f"AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/{seen:%Y/%m/%d}/"
        f"{ACCOUNT}_CloudTrail_{REGION}_{seen:%Y%m%dT%H%MZ}_xN2oSg7EiTr9BuDw.json.gz"
    )
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=access["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=access["AWS_SECRET_ACCESS_KEY"],
    )
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key=key, Body=gzip.compress(json.dumps({"Records": record}).encode()))


def message_html(post: Post, *, replies: int, icon: str) -> str:
    """The blocks that this program sends, as HTML."""
    parts = [block_html(block) for block in post.payload["blocks"]]
    for attachment in post.payload.get("attachments", []):
        inner = "".join(block_html(block) for block in attachment["blocks"])
        parts.append(
            f'<div class="attachment"><i style="background:{attachment["color"]}"></i><div>{inner}</div></div>'
        )
    if replies:
        parts.append(f'<p class="thread"><b>{icon}</b>{replies} {"reply" if replies == 1 else "replies"}</p>')
    return "".join(parts)


def block_html(block: Mapping[str, Any]) -> str:
    """One block. Raises KeyError for a kind that is not drawn yet."""
    match block["type"]:
        case "context":
            # Slack decodes the entities of plain_text, so the text is HTML already.
            spans = "".join(f"<span>{element['text']}</span>" for element in block["elements"])
            return f'<p class="context">{spans}</p>'
        case "actions":
            buttons = "".join(f"<b>{element['text']['text']}</b>" for element in block["elements"])
            return f'<p class="actions">{buttons}</p>'
        case "header":
            return f"<p><strong>{block['text']['text']}</strong></p>"
        case "divider":
            return "<hr>"
        case _:
            return "".join(paragraphs(block))


def paragraphs(block: Mapping[str, Any]) -> Iterator[str]:
    """The paragraphs of a rich text."""
    tags = {"rich_text_section": "p", "rich_text_preformatted": "pre", "rich_text_quote": "blockquote"}
    for paragraph in block["elements"]:
        tag = tags[paragraph["type"]]
        yield f"<{tag}>{''.join(inline_html(element) for element in paragraph['elements'])}</{tag}>"


def inline_html(element: Mapping[str, Any]) -> str:
    """A run of text, a link, a date, or whom the configuration mentions."""
    if element["type"] == "date":
        return f"{datetime.fromtimestamp(element['timestamp'], tz=UTC):%b %-d, %-I:%M:%S %p}"
    if element["type"] in ("user", "usergroup", "broadcast"):
        name = element.get("user_id") or element.get("usergroup_id") or element.get("range")
        return f'<span class="mention">@{html.escape(str(name))}</span>'
    shown = html.escape(element["text"]).replace("\n", "<br>")
    if element["type"] == "link":
        return f'<a href="{html.escape(element["url"])}">{shown}</a>'
    return f"<strong>{shown}</strong>" if element.get("style", {}).get("bold") else shown


def screenshot(page_html: str, target: Path) -> None:
    """Take the picture of the page's message at twice the size, as sharp screens show it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGS)
        page = browser.new_page(viewport={"width": 860, "height": 700}, device_scale_factor=2)
        page.set_content(page_html)
        page.locator("main").screenshot(path=str(target))
        browser.close()


def chromium() -> str:
    """Debian's browser, or the one that CHROMIUM names."""
    return os.environ.get("CHROMIUM", "/usr/bin/chromium")


if __name__ == "__main__":
    main()
