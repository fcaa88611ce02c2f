"""Generated CoTempQA problems, and the statistics that they are held against."""
