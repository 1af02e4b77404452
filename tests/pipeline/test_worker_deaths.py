"""kill -9 of a real worker, in an installation of its own."""

from tests.worker_deaths import deliver_through_deaths


def test_a_run_whose_worker_is_killed_ends_by_itself_and_everybody_is_on_the_list(tmp_path):
    outcome = deliver_through_deaths(tmp_path, people=6000, deaths=1, latency=0.3, say=print)

    run = outcome.run
    assert run["status"] == "with_rejects"
    assert (outcome.missing, outcome.unexpected, outcome.wrong) == (0, 0, 0)
    assert run["accepted"] == outcome.expected
    assert outcome.leaks == []
    assert run["members"] == (
        run["unchanged"]
        + run["accepted"]
        + run["rejected_before"]
        + run["rejected_after"]
        + run["not_attempted"]
    )
