"""Compares the verdicts of another validator over the combinations with verify/testdata/combinations.tsv.

usage: combinations.py FOLDER TABLE   (run by combinations.sh; FOLDER holds outcomes.tsv and oracle.jsonl per setting)
A row of the table: setting, name, ours, theirs, why and clause where they differ. Exit status 1 when a verdict is not as the table says.
"""

import csv
import json
import pathlib
import sys


def verdicts(answer):
    if "error" in answer:
        return "error"
    return " ".join(sorted(s["indication"] + ("/" + s["subIndication"] if s["subIndication"] else "") for s in answer["sigs"]))


def main(folder, table):
    with open(table, newline="", encoding="utf-8") as f:
        expected = {(r["setting"], r["name"]): r for r in csv.DictReader(f, delimiter="\t")}
    total = equal = wrong = 0
    for setting in sorted(p for p in pathlib.Path(folder).iterdir() if (p / "outcomes.tsv").exists()):
        with open(setting / "outcomes.tsv", newline="", encoding="utf-8") as f:
            ours = list(csv.reader(f, delimiter="\t"))
        with open(setting / "oracle.jsonl", encoding="utf-8") as f:
            theirs = [a for a in map(json.loads, f) if "file" in a]
        if len(ours) != len(theirs):
            sys.exit(f"{setting.name}: {len(theirs)} answers for {len(ours)} documents")
        for row, answer in zip(ours, theirs):
            got = verdicts(answer)
            total, equal = total + 1, equal + (got == row[2])
            want = expected.get((row[0], row[1]))
            if want is None or (row[2], got) != (want["ours"], want["dss"]):
                wrong += 1
                print(f"{row[0]} {row[1]}: ours {row[2]}, DSS {got}; the table says {want and (want['ours'], want['dss'])}")
    print(f"suite combinations: {equal}/{total}, deviations {total - equal}, not as the table says {wrong}")
    sys.exit(1 if wrong else 0)


main(*sys.argv[1:3])
