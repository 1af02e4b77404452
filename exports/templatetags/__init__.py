"""What the templates of exports and runs need beyond Django's own tags."""
