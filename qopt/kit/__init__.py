"""For authors of problems and solvers: arguments checked, files read, tables understood, mistakes named with their place."""
