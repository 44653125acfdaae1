# SPDX-License-Identifier: GPL-2.0
"""Run unittest cases and print TAP: one line a test, and why it failed."""

import unittest


class Result(unittest.TestResult):
    number = 0

    def __init__(self, label):
        super().__init__()
        self.label = label

    def stopTest(self, test):
        super().stopTest(test)
        Result.number += 1
        # Subtests report their own failures.
        mine = [text for failed, text in self.failures + self.errors
                if failed is test or getattr(failed, "test_case", None) is test]
        for text in mine:
            print("".join(f"# {line}\n" for line in text.splitlines()), end="")
        name = test.shortDescription() or test.id()
        print(f"{'not ok' if mine else 'ok'} {Result.number} {self.label}: {name}", flush=True)


def run(cases):
    """Run (label, TestCase class) pairs; the exit status."""
    suites = [(label, unittest.defaultTestLoader.loadTestsFromTestCase(case))
              for label, case in cases]
    print("TAP version 13")
    print(f"1..{sum(suite.countTestCases() for _, suite in suites)}")
    good = True
    for label, suite in suites:
        result = Result(label)
        suite.run(result)
        good = good and result.wasSuccessful()
    return 0 if good else 1
