"""Charts as SVG: numbers in, coordinates out. It reads no table and writes none."""
