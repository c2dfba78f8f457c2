"""Recomputes a month of a customer from what happened, and compares it with what the platform recorded.

Written from the specification and not from the program: exact decimals, no code in common. Reads one
document from standard input: {"events": […], "entries": […], "invoice": {…}}; says every difference, and
ends with status 1 where there is one.
"""
import json
import sys
from decimal import ROUND_HALF_UP, Decimal

FOUR = Decimal("0.0001")


def rounded(amount):
    return amount.quantize(FOUR, rounding=ROUND_HALF_UP)


def billable(seconds, increment, minimum):
    if seconds == 0:
        return 0
    seconds = max(seconds, minimum)
    return -(-seconds // increment) * increment


def replay(events):
    """The entries of the ledger, as (category, amount), and by which rate each call is charged."""
    entries, calls, rates = [], {}, None
    for event in events:
        kind = event["kind"]
        if kind == "rates":
            rates = {key: Decimal(str(value)) for key, value in event.items() if key != "kind"}
        elif kind == "fee":
            days, left = event["days"], event["left"]
            entries.append(("subscription", -rounded(rates["fee"] * left / days), None))
        elif kind == "call":
            before = calls.get(event["id"])
            rate = before["rate"] if before else rates["per_minute"]
            seconds = billable(event["seconds"], int(rates["increment"]), int(rates["minimum"]))
            if before and seconds <= before["seconds"]:
                continue
            cost = rounded(rate * seconds / 60)
            due = cost - (before["cost"] if before else 0)
            calls[event["id"]] = {"rate": rate, "seconds": seconds, "cost": cost}
            if due:
                entries.append(("call", -due, rate))
        else:
            entries.append((kind, Decimal(event["amount"]), None))
    return entries, calls


def invoice(entries, calls, tax_rate):
    """Lines as sorted amounts, then the sums."""
    by_rate, others = {}, []
    for category, amount, rate in entries:
        if category == "call":
            by_rate[rate] = by_rate.get(rate, Decimal(0)) - amount
        elif category != "top_up":
            others.append(-amount)
    seconds = {}
    for call in calls.values():
        if call["cost"]:
            seconds[call["rate"]] = seconds.get(call["rate"], 0) + call["seconds"]
    minutes = [(Decimal(sum_) / 60).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP) for sum_ in seconds.values()]
    lines = sorted(list(by_rate.values()) + others)
    subtotal = sum(lines, Decimal(0))
    tax = rounded(subtotal * tax_rate / 100)
    balance = sum((amount for _, amount, _ in entries), Decimal(0)) - tax
    due = max(Decimal(0), min(subtotal + tax, -balance))
    return {
        "lines": lines,
        "minutes": sorted(minutes),
        "subtotal": subtotal,
        "tax_amount": tax,
        "total": subtotal + tax,
        "amount_due": due,
        "balance": balance,
    }


def main():
    given = json.load(sys.stdin, parse_float=Decimal, parse_int=Decimal)
    for event in given["events"]:
        for key in ("seconds", "days", "left"):
            if key in event:
                event[key] = int(event[key])
    entries, calls = replay(given["events"])
    differences = []
    recorded = [(entry["category"], Decimal(entry["amount"])) for entry in given["entries"]]
    expected = [(category, amount) for category, amount, _ in entries]
    if recorded != expected:
        for at, (is_, should) in enumerate(zip(recorded + [None] * len(expected), expected)):
            if is_ != should:
                differences.append(f"entry {at + 1}: {is_}, not {should}")
                break
        differences.append(f"{len(recorded)} entries, not {len(expected)}")
    expected = invoice(entries, calls, Decimal(given["tax_rate"]))
    for name, value in expected.items():
        said = given["invoice"][name]
        said = sorted(Decimal(one) for one in said) if isinstance(value, list) else Decimal(said)
        if said != value:
            differences.append(f"{name}: {said}, not {value}")
    for difference in differences:
        print(difference)
    print(f"{len(given['events'])} events, {len(given['entries'])} entries, {len(differences)} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
