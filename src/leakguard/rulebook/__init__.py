"""Files that say what to look for: rule packs, traits, rubrics, labelled examples."""
