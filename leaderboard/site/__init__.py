"""The site: static pages that show rankings and decide nothing."""
