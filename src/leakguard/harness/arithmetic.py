"""Evaluate the answer of a maths task: whole numbers, names of slots, + - * and brackets; nothing else."""

import ast
import operator
from collections.abc import Callable, Mapping

OPERATORS: dict[type[ast.operator], Callable[[int, int], int]] = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}


class ArithmeticProblem(ValueError):
    """An expression that cannot be evaluated; the message says why."""


def evaluate_expression(expression: str, values: Mapping[str, str]) -> int:
    """Return the value of an expression with `values` for its names. Raises ArithmeticProblem."""
    try:
        tree = ast.parse(expression, mode="eval")
    except SyntaxError:
        raise ArithmeticProblem("is no expression") from None
    return _evaluate_node(tree.body, values)


def _evaluate_node(node: ast.expr, values: Mapping[str, str]) -> int:
    """Return the value of a node of the syntax tree."""
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.Name) and node.id in values:
        try:
            return int(values[node.id])
        except ValueError:
            raise ArithmeticProblem(f"needs the slot {node.id} to be one number") from None
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        return OPERATORS[type(node.op)](_evaluate_node(node.left, values), _evaluate_node(node.right, values))
    raise ArithmeticProblem("may hold slots, whole numbers, + - * and brackets only")
