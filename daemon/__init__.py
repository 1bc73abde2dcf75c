"""Trailwarden: CloudTrail log files in, Sigma matches recorded, Slack alerts out."""

__version__ = "0.1.0"
