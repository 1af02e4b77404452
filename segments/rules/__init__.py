"""Rules: which profiles belong to a segment, as data, as SQL, as a sentence."""
