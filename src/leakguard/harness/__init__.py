"""Floor 5: does a trait survive? Worlds, teachers, students, evaluation, experiments."""
