"""Writing VyOS and EdgeOS: an amended policy, or a whole router, as ``set`` and ``delete`` commands.

``style`` says in which words a release has it, ``device`` finds what a policy is made of, ``rules``
says what a rule of a route map takes, ``amending`` and ``site`` write; ``typed`` is what the device
has then.
"""
