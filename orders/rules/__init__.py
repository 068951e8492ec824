"""
Who gets which unit and when, by the shop's rule or by another: pure, no Django, no clock. It reads no table and
writes none.
"""
