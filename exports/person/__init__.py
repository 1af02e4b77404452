"""One person across everything: where an address stands, and what was sent to whom."""
