"""From typed parameters to executed sections: what is out of date runs, and says why.

`sections` lists the sections; Snakemake runs them and the trainings they show, here or on Slurm.
Add a section's parameters here; what a section computes and shows belongs in `artifact.book`.
"""
