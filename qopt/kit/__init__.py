"""For authors of problems and solvers: arguments checked, files and tables read, results saved."""
