"""``samepath config``: a whole customer gateway for a connection of AWS's, in a platform's words."""
