"""BIRD 2: reading ``bird.conf``.

Its configuration is a program: statements that end in a semicolon, blocks in braces, filters with
conditions. What of a filter has a place in our policy is translated; the rest stays in its own
words. Text only.
"""
