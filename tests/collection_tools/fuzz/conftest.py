collect_ignore = ["campaign.py", "dng.py", "mutants.py", "seeds.py"]
