"""Who is within reach of which site: rows merged and dropped, columns dropped, before solving."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from anlan.engine.siting.problem import F8, I8, Mask, SitingProblem

DENSE_MOST = 6_000  # rows or columns up to which pairs of them are compared all at once


@dataclass(frozen=True, eq=False)
class Reach:
    """`near[row, column]`: the row's demands are within reach of the column's site.

    Demands alike in every mask are one row with their weights added; those of weight 0 are gone.
    """

    masks: tuple[Mask, ...]
    weight: F8

    @property
    def near(self) -> Mask:
        """This will give the first mask, that of the (nearer) radius."""
        return self.masks[0]


def reach(problem: SitingProblem, columns: I8, radii: tuple[float, ...]) -> Reach:
    """This will merge demands that the same of these sites reach within each radius."""
    cost, rows = problem.cost, np.flatnonzero(problem.weight > 0)
    if len(rows) < problem.demands:
        cost = cost[rows]
    if len(columns) < problem.sites:
        cost = cost[:, columns]
    masks = [cost <= radius for radius in radii]
    keys = [np.packbits(mask, axis=1) for mask in masks]
    group: dict[bytes, int] = {}  # numbered by the first demand of each, in the file's order
    member = np.array(
        [
            group.setdefault(b"".join(key[i].tobytes() for key in keys), len(group))
            for i in range(len(rows))
        ],
        np.int64,
    )
    merged = np.bincount(member, weights=problem.weight[rows], minlength=len(group))
    if len(group) < len(rows):
        first = np.unique(member, return_index=True)[1]
        masks = [mask[first] for mask in masks]
    return Reach(tuple(masks), np.asarray(merged, np.float64))


def as_rows(mask: Mask) -> sparse.csr_array:
    """This will write a mask as a sparse matrix of ones; faster than scipy's own way."""
    at = np.flatnonzero(np.ascontiguousarray(mask).ravel())
    width = mask.shape[1]
    ends = np.cumsum(np.count_nonzero(mask, axis=1))
    ptr = np.concatenate([[0], ends]).astype(np.int32)
    column = (at % max(width, 1)).astype(np.int32)
    return sparse.csr_array((np.ones(len(at)), column, ptr), shape=mask.shape)


def fewer_rows(near: Mask) -> I8:
    """This will give the rows to cover: who covers these covers the rest.

    A row whose sites include all of another's is covered with it.
    """
    if not len(near) or len(near) > DENSE_MOST:
        return np.arange(len(near))
    figures = near.astype(np.float32)
    common = figures @ figures.T  # counts up to 2 ** 24 are exact in single precision
    size = figures.sum(axis=1)
    inside = common == size[None, :]  # inside[i, k]: row k's sites are all among row i's
    np.fill_diagonal(inside, False)
    return np.flatnonzero(~_beaten(inside, inside.T))


def fewer_columns(near: Mask, price: F8) -> I8:
    """This will give the columns worth choosing: no other covers as much for no higher price."""
    if near.shape[1] > DENSE_MOST:
        return np.arange(near.shape[1])
    figures = near.astype(np.float32)
    common = figures.T @ figures
    size = figures.sum(axis=0)
    inside = (common == size[:, None]) & (price[None, :] <= price[:, None])
    np.fill_diagonal(inside, False)  # inside[j, k]: all that j covers, k covers, and not dearer
    return np.flatnonzero(~_beaten(inside, inside.T))


def _beaten(by: Mask, back: Mask) -> Mask:
    """This will say who is beaten by another: by a strict one, or by an equal one before it."""
    ahead = np.arange(len(by))[None, :] < np.arange(len(by))[:, None]
    return np.asarray((by & (~back | ahead)).any(axis=1), np.bool_)
