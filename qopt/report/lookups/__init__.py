"""What is looked up when a page is made: instances made again, their sizes, plans drawn."""
