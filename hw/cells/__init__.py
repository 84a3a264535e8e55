"""What blocks are built from: registers, memories, and a part's own cells."""
