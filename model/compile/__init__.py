"""From a layer to what the array is given: mapping, pieces, places."""
