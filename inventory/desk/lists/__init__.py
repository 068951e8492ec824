"""
What makes a list one to live in: kept views, chips, chosen columns, files of what is shown. Writes nothing.

What is asked of a list stands in its address, all of it; a view is an address that has a name.
"""
