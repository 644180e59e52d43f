"""Who is within reach of which site: rows merged and dropped, columns dropped, before solving."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anlan.engine.siting.problem import F8, I8, Mask

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


def reach(cost: F8, weight: F8, radii: tuple[float, ...]) -> Reach:
    """This will merge demands that the same sites reach within each radius."""
    rows = np.flatnonzero(weight > 0)
    masks = [cost[rows] <= radius for radius in radii]
    key = np.packbits(np.concatenate(masks, axis=1), axis=1)
    void = np.ascontiguousarray(key).view(np.dtype((np.void, key.shape[1]))).ravel()
    _, first, member = np.unique(void, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")  # of equals the first demand, in the file's order
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    merged = np.bincount(rank[member.ravel()], weights=weight[rows], minlength=len(order))
    first = first[order]
    return Reach(tuple(mask[first] for mask in masks), np.asarray(merged, np.float64))


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
