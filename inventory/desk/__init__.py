"""
The one way to do something to rows of the admin: who may, the form, the preview, once; with the lists, pages and
tables that it stands on. An interface layer: above use cases, below every admin.
"""
