"""What the checks need to know: facts about the world, about wikis and about archives."""
