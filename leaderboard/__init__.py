"""Wing: from run folders to a ranking and the page that shows it."""
