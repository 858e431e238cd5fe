"""The judge of Larder's durability. Python's standard library only, and nothing of Larder's own code: what is wrong there is not
repeated here. See docs/durability.md."""
