"""Writing IOS and IOS XE: changes of a policy, and a whole customer gateway."""
