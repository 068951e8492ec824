"""
What every request passes and every answer carries: limits, refusals in words, the cache, the admin site, the doors
for mail providers. It writes no table.
"""
