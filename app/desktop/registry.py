"""Windows' registry, the present user's part of it."""

from __future__ import annotations

from typing import Any


class UserRegistry:
    """HKEY_CURRENT_USER through winreg, which only Windows has."""

    def __init__(self) -> None:
        import winreg

        self._api: Any = winreg

    def set(self, key: str, name: str, value: str) -> None:
        with self._api.CreateKey(self._api.HKEY_CURRENT_USER, key) as opened:
            self._api.SetValueEx(opened, name, 0, self._api.REG_SZ, value)

    def remove_value(self, key: str, name: str) -> bool:
        try:
            with self._api.OpenKey(self._api.HKEY_CURRENT_USER, key, 0, self._api.KEY_SET_VALUE) as opened:
                self._api.DeleteValue(opened, name)
        except FileNotFoundError:
            return False
        return True

    def remove_tree(self, key: str) -> bool:
        """A key goes only when nothing is below it."""
        try:
            with self._api.OpenKey(self._api.HKEY_CURRENT_USER, key) as opened:
                below = [self._api.EnumKey(opened, index) for index in range(self._api.QueryInfoKey(opened)[0])]
        except FileNotFoundError:
            return False
        for name in below:
            self.remove_tree(rf"{key}\{name}")
        self._api.DeleteKey(self._api.HKEY_CURRENT_USER, key)
        return True
