"""
Forecast, reorder points, quantities, service levels, seasons and the words for them. Pure: NumPy over the SKU axis, no
Django, no clock. It reads no table and writes none.
"""
