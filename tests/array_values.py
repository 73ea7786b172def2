"""Operations on arrays, and what they give where A, B, S, x, y and s are as POINT says."""

import math

from diffcalc.language.point import read_point

A, B, S = "A=[[1,-2,3],[4,5,-6]]", "B=[[1,2],[0,-1],[2,3]]", "S=[[1,2],[3,5]]"
POINT = read_point([A, B, S, "x=3,-1,2", "y=2,7", "s=1.5"])

VALUES = [
    ("A @ x", [11, -5]), ("y @ A", [30, 31, -36]), ("A @ B", [[7, 13], [-8, -15]]), ("x @ x", 14),
    ("A.T", [[1, 4], [-2, 5], [3, -6]]), ("x.T", [3, -1, 2]), ("s.T", 1.5), ("(A @ B).T", [[7, -8], [13, -15]]),
    ("sum(A)", 5), ("sum(A, axis=0)", [5, 3, -3]), ("sum(A, 1)", [2, 3]), ("sum(s)", 1.5), ("sum(x, axis=-1)", 4),
    ("mean(A)", 5 / 6), ("mean(A, axis=1)", [2 / 3, 1]), ("prod(x)", -6), ("prod(A, axis=0)", [4, -10, -18]),
    ("max(A)", 5), ("max(A, axis=0)", [4, 5, 3]), ("min(A, axis=1)", [-2, -6]), ("max(x, 0)", [3, 0, 2]),
    ("norm(x)", math.sqrt(14)), ("norm(A)", math.sqrt(91)), ("norm(S, axis=0)", [math.sqrt(10), math.sqrt(29)]), ("norm(0*x)", 0),
    ("dot(x, 2*x)", 28), ("outer(y, x)", [[6, -2, 4], [21, -7, 14]]), ("trace(S)", 6), ("diag(S)", [1, 5]), ("diag(y)", [[2, 0], [0, 7]]),
    ("x[0]", 3), ("A[1]", [4, 5, -6]), ("A[:, 1]", [-2, 5]), ("A[1, -1]", -6), ("(A @ B)[1][0]", -8), ("(A*x)[0, :]", [3, 2, 6]),
    ("eye(2) @ y", [2, 7]), ("ones(3)", [1, 1, 1]), ("ones(2, 2)*s", [[1.5, 1.5], [1.5, 1.5]]),
    ("logsumexp(1000*y)", 7000), ("logsumexp(S, axis=1)", [2 + math.log(1 + math.exp(-1)), 5 + math.log(1 + math.exp(-2))]),
    ("softmax(0*x)", [1 / 3] * 3), ("softmax(1000*y)", [0, 1]), ("softmax(0*S, axis=0)", [[0.5, 0.5], [0.5, 0.5]]), ("softmax(s)", 1),
    ("cumsum(x)", [3, 2, 4]), ("cumsum(A, axis=0)", [[1, -2, 3], [5, 3, -3]]), ("cumsum(A, axis=-1)", [[1, -1, 2], [4, 9, 3]]), ("cumsum(s)", 1.5),
    ("cumprod(x)", [3, -3, -6]), ("cumprod(A, axis=0)", [[1, -2, 3], [4, -10, -18]]), ("cumprod(A, axis=-1)", [[1, -2, -6], [4, 20, -120]]), ("cumprod(s)", 1.5),
    ("det(S)", -1), ("det(A @ B)", -1), ("det(diag(x))", -6), ("det(0*S)", 0), ("inv(S)", [[-5, 2], [3, -1]]), ("inv(diag(x))", [[1 / 3, 0, 0], [0, -1, 0], [0, 0, 0.5]]), ("inv(s*eye(1))", [[2 / 3]]),
    ("where(A > 0, A, 0)", [[1, 0, 3], [4, 5, 0]]), ("A*x", [[3, 2, 6], [12, -5, -12]]), ("sum((A @ x - y)**2)", 225),
]  # fmt: skip
