"""Generated CoTempQA problems, and the statistics that they are measured against."""
