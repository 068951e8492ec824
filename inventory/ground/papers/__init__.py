"""
Papers: PDF for a printer or a mail, with paragraphs, tables over many pages and barcodes. Draws what it is given, the
same bytes each time; writes nothing and knows no table.
"""
