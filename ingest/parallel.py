"""Many small calls at once, their answers in order: a fetch lands the same bytes every time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from ingest.errors import IngestError, ItemRefused
from ingest.http import WORKERS

Item = TypeVar("Item")
Answer = TypeVar("Answer")

# Enough waiting calls to keep the workers busy, few enough that answers do not pile up.
_AHEAD = 16


def answers(
    task: Callable[[Item], Answer],
    items: Iterable[Item],
    skips: tuple[type[IngestError], ...] = (ItemRefused,),
    workers: int = WORKERS,
) -> Iterator[tuple[Item, Answer | IngestError]]:
    """(item, answer) in the order of the items, computed by `workers` threads.

    An error of the `skips` is yielded in place of its answer, so that the others go on; after any
    other error no further call is begun, and it is raised.
    """
    failures: list[BaseException] = []

    def attempt(item: Item) -> Answer | IngestError:
        if failures:
            raise failures[0]
        try:
            return task(item)
        except skips as error:
            return error
        except BaseException as error:
            failures.append(error)
            raise

    pool = ThreadPoolExecutor(workers, thread_name_prefix="fetch")
    waiting: deque[tuple[Item, Future[Answer | IngestError]]] = deque()
    try:
        for item in items:
            waiting.append((item, pool.submit(attempt, item)))
            if len(waiting) >= workers * _AHEAD:
                first, answer = waiting.popleft()
                yield first, answer.result()
        while waiting:
            first, answer = waiting.popleft()
            yield first, answer.result()
    finally:
        pool.shutdown(cancel_futures=True)
