"""The latest-wins hand-off."""

from __future__ import annotations

import threading

import pytest

from app.pipeline.slot import LatestSlot, SlotClosed


def test_the_newest_item_wins_and_what_it_replaced_is_counted():
    slot: LatestSlot[int] = LatestSlot()
    assert all(slot.put(k) for k in range(5))
    assert slot.get() == 4
    assert slot.dropped == 4
    slot.put(9)
    assert (slot.get(), slot.dropped) == (9, 4)


def test_get_gives_up_after_its_time():
    assert LatestSlot().get(timeout_s=0.0) is None


def test_an_item_is_given_out_once():
    slot: LatestSlot[str] = LatestSlot()
    slot.put("a")
    assert slot.get() == "a"
    assert slot.get(timeout_s=0.0) is None


def test_put_wakes_a_waiting_reader():
    slot: LatestSlot[str] = LatestSlot()
    got: list[str | None] = []
    reader = threading.Thread(target=lambda: got.append(slot.get(10)))
    reader.start()
    slot.put("a")
    reader.join(10)
    assert got == ["a"]


def test_close_wakes_every_waiter_and_discards_what_is_inside():
    slot: LatestSlot[str] = LatestSlot()
    woken: list[bool] = []

    def wait() -> None:
        with pytest.raises(SlotClosed):
            slot.get()
        woken.append(True)

    readers = [threading.Thread(target=wait) for _ in range(3)]
    for reader in readers:
        reader.start()
    slot.close()
    for reader in readers:
        reader.join(10)
    assert woken == [True] * 3


def test_a_closed_slot_takes_nothing():
    slot: LatestSlot[str] = LatestSlot()
    slot.put("a")
    slot.close()
    slot.close()
    assert slot.put("b") is False
    with pytest.raises(SlotClosed):
        slot.get()
