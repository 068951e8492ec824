"""
Notes, whose turn it is, and what somebody is to read: written on the pages of rows, and gathered in everybody's inbox.
Writes through ``inventory.notebook`` alone.
"""
