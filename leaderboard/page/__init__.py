"""The page: one static HTML file that shows rankings and decides nothing."""
