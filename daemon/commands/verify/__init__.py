"""`verify`: is what lies in a trail what CloudTrail wrote, and is all of it there?"""

from daemon.commands.verify.command import verify

__all__ = ["verify"]
