"""The outside world, a folder each: client.py and fake.py."""
