"""Cisco IOS and IOS XE: reading a running configuration, or a script that makes one.

Text only. What is rendered for this platform goes here, too.
"""
