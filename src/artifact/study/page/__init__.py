"""The experiment as a web page: `build` writes it, the scripts in `site` run it."""
