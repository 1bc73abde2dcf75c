"""`rules explain`: which rule, which event, and why the one says what it says about the other."""
