"""Where files lie: in folders of this machine, or in an S3 bucket."""
