"""Experiments: worlds, teachers, students, evaluation; does a trait survive filtering and training?"""
