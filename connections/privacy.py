"""The privacy text that administrators agree to; a new text gets a new version."""

PRIVACY_VERSION = "2026-11"
