"""Reports: what was measured, as a page that one reads in a browser and on paper.

:mod:`picture` draws a topology and :mod:`chart` a course of loss and events, both as values with
coordinates; :mod:`words` says what a row predicts and measures; :mod:`page` puts them together.
All are pure: a record in, a text out.

This package must not hold: anything that measures, decides or writes a file.
"""
