"""``samepath drill``: every failure state brought about in a lab, and held against the prediction."""
