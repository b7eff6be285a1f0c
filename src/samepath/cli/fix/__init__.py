"""``samepath fix``: the smallest change after which nothing is dropped, and what it costs."""
