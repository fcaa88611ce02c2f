"""Fine-tuning and answering: specs, runs, training, generation, forced traces, models, kernels.

The only room that imports torch, transformers, peft and trl, so that all others start fast.
Whatever changes a prediction must change the hash of a run: add it to the spec or the record.
"""
