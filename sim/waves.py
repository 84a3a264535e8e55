def write_save_file(path, tiling): pass
