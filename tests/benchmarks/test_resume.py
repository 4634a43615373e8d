"""What takes minutes is made once a commit."""

import pytest

from benchmarks import resume


def test_it_is_made_once_a_commit(tmp_path, monkeypatch):
    monkeypatch.setattr(resume, "KEPT", tmp_path)
    made = []

    def make():
        made.append(1)
        return [{"model": "EASE", "recall": 0.25}]

    for commit, times in (("abc", 1), ("abc", 1), ("abd", 2), ("abd+", 3), ("abd+", 4), (None, 5)):
        monkeypatch.setattr(resume, "commit_of_tree", lambda c=commit: c)
        assert resume.kept("EASE", make) == [{"model": "EASE", "recall": 0.25}]
        assert len(made) == times


def test_what_was_broken_off_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(resume, "KEPT", tmp_path)
    monkeypatch.setattr(resume, "commit_of_tree", lambda: "abc")

    def fails():
        raise RuntimeError("no power")

    with pytest.raises(RuntimeError):
        resume.kept("EASE", fails)
    assert resume.kept("EASE", lambda: 1) == 1
