"""FortiOS: reading what a FortiGate is configured to do.

``statements`` makes commands of lines, ``tree`` makes objects of commands as FortiOS's own parser
does, ``blocks`` says what each attribute is, and the other modules what the objects mean.
"""
