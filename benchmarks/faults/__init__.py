"""Every fault that a delivery must survive, at full size, with the list compared afterwards."""
