"""What runs when: the layer port, the loop nest, the room at the output."""
