"""What is measured: a module a scenario, its pure part first, its driver after it."""
