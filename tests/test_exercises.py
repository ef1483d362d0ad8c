"""Exercises: solutions are right, mistakes are recognised by name, and whatever a student writes is met kindly."""

from __future__ import annotations

import inspect
import json
import re

import numpy as np
import pytest
import torch

from ccdyn import exercises as ex
from ccdyn.exercises.calling import attempt
from ccdyn.exercises.exercise import Choice, Exercise, Function, Said
from ccdyn.exercises.progress import FILE, Progress, progress

EXERCISES = {name: each for name, each in vars(ex).items() if isinstance(each, Exercise)}
FUNCTIONS = {name: each for name, each in EXERCISES.items() if isinstance(each, Function)}
CHOICES = {name: each for name, each in EXERCISES.items() if isinstance(each, Choice)}
MISTAKES = [(name, words) for name, each in FUNCTIONS.items() for words in each.mistakes]


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """No record of anybody, and none is written."""
    monkeypatch.setattr(progress, "path", None)
    monkeypatch.setattr(progress, "record", {"student": "", "labs": {}})


@pytest.fixture(params=FUNCTIONS)
def task(request) -> Function:
    return FUNCTIONS[request.param]


def names(function) -> list[str]:
    return list(inspect.signature(function).parameters)


def written(task: Function, body: str):
    """A student's function with the arguments of ``task``."""
    there: dict = {"torch": torch, "np": np, "task": task}
    exec(f"def mine({', '.join(names(task.solve))}):\n" + "\n".join(f"    {line}" for line in body.splitlines()), there)
    return there["mine"]


def test_every_exercise_is_known_by_its_name():
    assert EXERCISES and all(each.name == name for name, each in EXERCISES.items())


def test_our_solution_is_right_and_short(task):
    said = task.check(task.solve)
    assert said.outcome == "correct", said
    assert task.check(ex_filled(task)).outcome == "correct"
    assert len(task.source.splitlines()) <= 15 and task.solve.__doc__


def ex_filled(task: Function):
    """Our solution as a student would copy it: from the text that is shown, with torch and nothing else."""
    there: dict = {"torch": torch}
    exec(task.solution().code, there)
    return there[task.name]


def test_it_is_tried_on_several_cases_with_different_sizes(task):
    cases = list(task._make_cases())
    assert len(cases) >= 2
    for case in cases:
        assert list(case) == names(task.solve)
    assert not any(value is other for value in cases[0].values() for other in cases[1].values()
                   if isinstance(value, torch.Tensor))


@pytest.mark.parametrize("name, words", MISTAKES, ids=[f"{name}-{i}" for i, (name, _) in enumerate(MISTAKES)])
def test_a_mistake_is_recognised_by_name(name, words):
    said = FUNCTIONS[name].check(FUNCTIONS[name].mistakes[words])
    assert said.outcome == "not yet" and said.text.count(f"It looks as if {words}.") == 1, said


def test_it_knows_some_mistakes(task):
    assert len(task.mistakes) >= 2


@pytest.mark.parametrize("body", ["...", "pass", '"""To do."""', '"""To do."""\n...', "return ...", "return None"])
def test_a_function_that_was_not_written_is_no_attempt(task, body):
    assert task.check(written(task, body)).outcome == task.check().outcome == "not attempted"
    assert not progress.lab(task.lab)["exercises"]


@pytest.mark.parametrize("body, words", [
    ("raise RuntimeError('my own')", "It stopped with RuntimeError"), ("return missing", "NameError"),
    ("1 / 0", "ZeroDivisionError"), ("x = 1", "does its last line say `return`?"),
    ("y = ...\nreturn y", "put your own lines in its place"), ("return 'text'", "but you returned str 'text'"),
    ("return {}", "you returned"), ("return torch.full((17, 3, 2, 5), float('nan'))", ""), ("return [[1, 2], 3]", "")])
def test_whatever_is_returned_or_raised_gets_a_sentence(task, body, words):
    said = task.check(written(task, body))
    several = len(task.returns) > 1 or {"pairs", "rows"} & set(task.returns.values())
    assert said.outcome == "not yet" and (words in said.text or several)
    assert "Traceback" not in repr(said) and len(said.text) < 900


@pytest.mark.parametrize("answer, words", [(3, "int 3, which is not a function"), (None, "nothing (None)"),
                                           (torch.ones(2), "a tensor of shape (2,)")])
def test_what_is_no_function_is_named(task, answer, words):
    assert task.check(answer).outcome == "not yet" and words in task.check(answer).text


def test_too_few_arguments_are_named(task):
    said = task.check(lambda: 1)
    assert "TypeError" in said.text and names(task.solve)[0] in said.text


def test_numpy_is_explained(task):
    if {"pairs", "rows", ()} & set(task.returns.values()):
        pytest.skip("a number or a list, which NumPy gives as well")
    body = (f"out = task({', '.join(names(task.solve))})\n"
            "return tuple(o.numpy() for o in out) if isinstance(out, tuple) else out.numpy()")
    said = task.check(written(task, body))
    assert said.outcome == "not yet" and "is a NumPy array" in said.text


def test_another_kind_of_number_is_explained(task):
    floats = [value for value in task._named(task.solve(**next(iter(task._make_cases())))).values()
              if isinstance(value, torch.Tensor) and value.dtype == torch.float64 and value.ndim]
    if not floats:
        pytest.skip("returns no tensor of float64")
    body = (f"out = task({', '.join(names(task.solve))})\n"
            "return tuple(o.float() for o in out) if isinstance(out, tuple) else out.float()")
    said = task.check(written(task, body))
    assert said.outcome == "correct" and "They are of the kind torch.float32 where torch.float64 came in" in said.text


def test_arguments_that_are_changed_are_noticed(task):
    case = next(iter(task._make_cases()))
    tensors = [name for name, value in case.items() if isinstance(value, torch.Tensor) and value.ndim]
    if not tensors:
        pytest.skip("has no tensor among its arguments")
    body = f"out = task({', '.join(names(task.solve))})\n{tensors[0]}.mul_(0).add_(7)\nreturn out"
    said = task.check(written(task, body))
    assert said.outcome == "not yet" and f"changes its argument {tensors[0]} in place" in said.text


def test_an_error_is_recognised_if_it_is_the_same_and_only_then():
    for W, recognised in (("W_rdt.T", True), ("W_rdt[:1]", False)):
        said = ex.learning_signal.check(written(ex.learning_signal, f"return (z - target) @ {W}"))
        assert "It stopped with RuntimeError" in said.text and ("It looks as if W_rdt" in said.text) == recognised


def test_a_list_of_other_things_is_shown_as_it_begins():
    said = ex.basis.check(lambda n_steps, tau: [(1, [0, 1]), (2, [1, 2])])
    assert said.outcome == "not yet" and "a list of 2, which begins with (1, [0, 1])." in said.text
    assert "such as [(1, 0, 1, 2), (2, 1, 2, 3)]" in said.text


def test_what_stays_behind_from_one_call_to_the_next_is_noticed():
    calls = []

    def counting(h, x, alpha, W_ih, W_hh):
        calls.append(1)
        return ex.leaky_step(h, x, alpha, W_ih, W_hh) + len(calls)

    assert "Called a second time" in ex.leaky_step.check(counting).text


def test_the_first_difference_is_named_with_step_and_unit_and_both_values():
    def late(x, alpha, W_ih, W_hh):
        rates = ex.run_cortex(x, alpha, W_ih, W_hh)
        rates[2, 4, 1] = 5.0
        rates[0, 5, 0] = 6.0
        return rates
    said = ex.run_cortex.check(late)
    assert re.search(r"rates is 5 but should be -?0\.\d+ at time step 4, trial 2, unit 1, for alpha 0\.3", said.text)


def test_hints_lead_step_by_step_and_come_round(task):
    given = [repr(task.hint()) for _ in range(len(task.hints))]
    assert len(task.hints) >= 3 and len(set(given)) == len(given)
    assert all(re.search(r"[.!?]$", hint) for hint in task.hints)


@pytest.mark.parametrize("name", CHOICES)
def test_each_answer_to_a_question_is_answered(name):
    task = CHOICES[name]
    said = {letter: task.check(letter) for letter in task.options}
    assert [letter for letter, each in said.items() if each.outcome == "correct"] == [task.right]
    assert all(len(each.text) > 20 for each in said.values())
    assert task.check(f" {task.right.upper()} ").outcome == "correct"
    assert task.check("z").outcome == "not yet" and task.check().outcome == task.check(None).outcome == "not attempted"
    assert task.solution().title.endswith(f": {task.right}") and task.hint().text


def test_what_is_said_is_plain_text_and_escaped_html():
    said = ex.leaky_step.check(written(ex.leaky_step, "raise ValueError('<b>')"))
    assert repr(said).startswith("→ leaky_step: not yet.") and "&lt;b&gt;" in said._repr_html_()
    assert 'role="status"' in said._repr_html_()


# Progress

@pytest.fixture
def mine(tmp_path) -> Progress:
    record = Progress()
    record.begin("01", "Ada <L>", tmp_path)
    return record


def test_what_was_solved_is_found_again(mine, tmp_path, capsys):
    mine.solved("01", "leaky_step", "not attempted", "")
    assert not (tmp_path / FILE).exists()
    mine.solved("01", "leaky_step", "not yet", "wrong")
    mine.solved("01", "leaky_step", "correct", "right")
    mine.solved("01", "leaky_step", "not yet", "wrong again")   # right once stays right
    again = Progress()
    again.begin("01", folder=tmp_path)
    assert "Welcome back. Solved so far in lab 01: leaky_step." in capsys.readouterr().out
    entry = again.lab("01")["exercises"]["leaky_step"]
    assert (entry["outcome"], entry["attempts"], entry["answer"]) == ("correct", 2, "right")
    assert again.record["student"] == "Ada <L>" and again.seeds() == mine.seeds() != Progress().seeds()
    assert not list(tmp_path.glob("*.tmp"))


def test_a_file_that_cannot_be_read_is_put_aside(tmp_path, capsys):
    (tmp_path / FILE).write_text("{broken")
    record = Progress()
    record.begin("01", folder=tmp_path)
    assert "cannot be read and is left as" in capsys.readouterr().out
    assert (tmp_path / f"{FILE}.old").read_text() == "{broken" and record.record["labs"]["01"]["exercises"] == {}


def test_the_first_prediction_and_the_last_answer_count(mine):
    for choice in ("never", "always"):
        mine.predicted("Does it fade?", choice, b"png", "alt")
    for words in ("first", "  ", "second "):
        mine.answer("Why?", words)
    assert mine.lab("01")["predictions"]["Does it fade?"]["choice"] == "never"
    assert mine.lab("01")["answers"]["Why?"]["words"] == "second"


def test_the_page_has_all_of_it_and_needs_nothing_from_elsewhere(mine, tmp_path, capsys):
    class Shown:
        png, alt = b"\x89PNG", "a <curve>"

    mine.page()
    assert "nothing to write yet" in capsys.readouterr().out
    mine.solved("01", "leaky_step", "correct", "def leaky_step(h): return h < 1")
    mine.shown("01", "run_cortex")
    mine.predicted("Does it fade?", "it does", b"png", "alt")
    mine.answer("Why?", "because <b>")
    mine.keep(Shown(), "my picture")
    mine.page()
    assert f"Your page is {tmp_path / 'lab01.html'}" in capsys.readouterr().out
    page = (tmp_path / "lab01.html").read_text(encoding="utf-8")
    for words in ("Ada &lt;L&gt;", "leaky_step: correct (1 attempt)", "return h &lt; 1", "solution looked at",
                  "it does", "because &lt;b&gt;", "my picture", 'alt="a &lt;curve&gt;"', "data:image/png;base64,"):
        assert words in page, words
    assert not re.search(r'(src|href)="http', page)
    json.loads((tmp_path / FILE).read_text())


# What a first round of students ran into

def test_a_second_slip_does_not_hide_the_first():
    said = ex.summarise.check(lambda errors, chance: (errors.mean(0), errors.amin(0), errors.amax(0),
                                                      1 - errors.mean(0) / chance))
    assert "It looks as if" in said.text and "axis" in said.text


def test_a_constant_factor_is_said():
    said = ex.leaky_step.check(lambda h, x, alpha, W_ih, W_hh: 3 * ex.leaky_step(h, x, alpha, W_ih, W_hh))
    assert "(all of it is 3 times what it should be)" in said.text


def test_a_dictionary_that_is_changed_has_a_cure_of_its_own():
    def mine(measure, base, changes, seeds):
        base["alpha"] = 2
        return torch.zeros(1)
    assert "changes its argument base in place" in ex.sweep.check(mine).text
    assert "{**a, name: value}" in ex.sweep.check(mine).text


def test_an_argument_that_is_none_is_named():
    for last in ("range(start, stop)", "x[:, start:stop + 1]"):
        said = ex.mask.check(written(ex.mask, f"return {last}, x"))
        assert "stop may be None, as in a slice, and is None here" in said.text and "returns nothing" not in said.text


def test_values_with_their_places_are_told_apart_from_values():
    for kind, words in (("min", "use amin(axis)"), ("max", "use amax(axis)"), ("sort", "use its .values")):
        said = ex.summarise.check(written(ex.summarise, f"return errors.mean(1), errors.{kind}(1), chance, chance"))
        assert f"what torch's {kind}(axis) gives, values and places together; {words}." in said.text


def test_an_error_that_ends_with_a_full_stop_gets_no_second_one():
    said = ex.rows.check(written(ex.rows, "return torch.cat([images, torch.zeros(len(images), n_blank, 28)], 1)"))
    assert "28 is written in" in said.text and ".." not in said.text


def test_a_list_of_tensors_has_a_cure():
    said = ex.run_cortex.check(lambda x, alpha, W_ih, W_hh: list(ex.run_cortex(x, alpha, W_ih, W_hh)))
    assert "you returned a list of 3; torch.stack(...) makes one tensor of it" in said.text
    said = ex.slice_targets.check(lambda target, s, tau: [target[:, s - 1 + j] for j in range(tau + 1)])
    assert "torch.cat(..., 1) makes one tensor of it" in said.text


def test_the_page_keeps_the_first_attempt(mine, tmp_path):
    mine.solved("01", "what_alpha_is", "not yet", "the first letter")
    mine.solved("01", "what_alpha_is", "correct", "the right letter")
    mine.page()
    page = (tmp_path / "lab01.html").read_text(encoding="utf-8")
    assert "(2 attempts)" in page and "the first letter" in page and "the right letter" in page


def test_what_cannot_be_drawn_is_said(capsys):
    assert attempt(lambda x: x / 0, 1) is None and "Yours stopped with ZeroDivisionError" in capsys.readouterr().out
    assert attempt(written(ex.cosine, "...")) is None and not capsys.readouterr().out
    assert attempt(written(ex.cosine, "..."), within=lambda f: f() + 1) is None and not capsys.readouterr().out
    assert attempt(abs, within=lambda f: f(-2) + 1) == 3


@pytest.mark.parametrize("body, words", [
    ("return alhpa * h", "Did you mean alpha?"), ("return tanh(h)", "Write torch.tanh."),
    ("return nowhere(h)", "Was the cell that defines it run?"),
    ("return torch.zeros(3, 3) @ h", "Make zeros with h.new_zeros(...)"),
    ("return torch.tanh(0)", "There is a plain number where a tensor should be"),
    ("return torch.tanh(None)", "Something that you call returns nothing"),
    ("return torch.tensor([h[0], h[0]])", "torch.stack(list)"), ("return h.copy()", "a.clone()"),
    ("return h[:int(0.5 * h.size)]", "a.numel()"), ("return max(0, h)", "torch.relu"),
    ("return torch.softmax(h)", "torch.softmax(z, -1)")])
def test_errors_that_everybody_meets_come_with_advice(body, words):
    assert words in ex.leaky_step.check(written(ex.leaky_step, body)).text


def test_too_few_arguments_inside_are_not_blamed_on_the_call():
    said = ex.leaky_step.check(written(ex.leaky_step, "def inner(a): return a\nreturn inner()"))
    assert "TypeError" in said.text and "It is called with" not in said.text


def test_code_in_a_verdict_is_code_and_the_hint_stands_by_itself():
    html = ex.leaky_step.check(written(ex.leaky_step, "return missing"))._repr_html_()
    assert "<br>For a hint: <code>ex.leaky_step.hint()</code>" in html
    assert "<code>a</code>" in Said("title", "use `a` here")._repr_html_()
    given = [ex.leaky_step.hint().title for _ in range(2 * len(ex.leaky_step.hints))]
    assert sum("solution() shows one way" in title for title in given) == 2


@pytest.mark.parametrize("body, words", [
    ("return (x[:, 0, 0] > 0.5).mean()", ".double().mean()"), ("return torch.linalg.lstsq(x[0], x[0])", ".solution"),
    ("return torch.tanh(np.ones(3))", "A NumPy array meets torch")])
def test_truth_values_results_of_lstsq_and_arrays_have_advice_of_their_own(body, words):
    assert words in ex.label_of.check(written(ex.label_of, body)).text


def test_classes_that_are_floats_are_right_and_told_apart_from_zeros_of_another_kind():
    said = ex.label_of.check(lambda x: ex.label_of(x).double())
    assert said.outcome == "correct" and ".long()" in said.text and "new_zeros" not in said.text


def test_too_many_factors_are_refused_as_by_a_network():
    said = ex.accuracy_if_silent.check(written(ex.accuracy_if_silent, "return run(x, torch.ones(len(x))).mean()"))
    assert "numbers but a trial has" in said.text and "a factor for each trial" in said.text


def test_the_default_of_lstsq_and_the_pseudoinverse_solve_least_squares_too():
    for body in ("return torch.linalg.lstsq(heard.flatten(0, 1), added.flatten(0, 1)).solution.T",
                 "return (torch.linalg.pinv(heard.flatten(0, 1)) @ added.flatten(0, 1)).T"):
        assert ex.least_squares_change.check(written(ex.least_squares_change, body)).outcome == "correct"
