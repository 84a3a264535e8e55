"""The subcommands, a file each: ``add_parser`` describes it, ``main`` runs it."""
