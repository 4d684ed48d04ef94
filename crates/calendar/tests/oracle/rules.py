#!/usr/bin/env python3
"""Writes ../tables/rules.txt: random recurrence rules and what python-dateutil makes of them.

    pip install python-dateutil tzdata && python3 rules.py

One rule a line, the fields separated by "|":

    RRULE|DTSTART|zone|how many|digest|the first times

The zone is an IANA name, "-" for floating time or "date" for DTSTART;VALUE=DATE. Times are seconds since 1970
(UTC, or local time where there is no zone): the first as it is, each further one as the distance from the one
before. "how many" counts the times looked at, at most LIMIT and none after the year 2150; the digest (64-bit FNV-1a over the
decimal numbers, each followed by a line feed) covers them all, SHOWN of them are written out.

dateutil is asked for the bare pattern only. What it does in another way than RFC 5545 is done here:
- DTSTART is the first time and counts, whether or not the rule names it (3.8.5.3);
- the week of DTSTART counts as a whole for BYSETPOS (3.3.10: the set begins with the interval);
- UNTIL in UTC is compared with instants, and zones follow 3.3.5 in gaps and folds.
Left out, because dateutil has a rule of its own there: BYDAY with and without ordinals mixed,
BYWEEKNO=-52 and -53, second 60.
"""

import datetime as dt
import pathlib
import random
import signal
import zoneinfo
from itertools import islice, takewhile

from dateutil import rrule

ROWS = 6000
LIMIT = 40
SHOWN = 8
LAST_YEAR = 2150

FREQS = ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"]
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
ZONES = [
    "America/New_York", "Europe/Berlin", "Europe/London", "America/Sao_Paulo", "Australia/Lord_Howe",
    "Pacific/Apia", "America/St_Johns", "Asia/Tehran", "Asia/Kolkata", "Pacific/Auckland", "UTC",
]
EPOCH = dt.datetime(1970, 1, 1)
UTC = dt.timezone.utc


class TooLong(Exception):
    pass


def on_alarm(*_):
    raise TooLong


def some(numbers, most):
    numbers = list(numbers)
    return sorted(random.sample(numbers, random.randint(1, min(most, len(numbers)))))


def signed(most, few, spread):
    values = list(range(1, most + 1)) + list(range(-spread, 0))
    return some(values, few)


def chance(p):
    return random.random() < p


def random_parts(freq, is_date):
    """The parts of a rule, each as a list of strings or numbers."""
    parts = {}
    daily_or_longer = freq in ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
    if chance(0.4):
        most = {"YEARLY": 5, "MONTHLY": 20, "WEEKLY": 9, "DAILY": 40, "HOURLY": 50, "MINUTELY": 2000, "SECONDLY": 5000}
        parts["INTERVAL"] = [random.randint(2, most[freq])]
    if chance(0.3):
        parts["BYMONTH"] = some(range(1, 13), 4)
    if freq == "YEARLY" and chance(0.2):
        parts["BYWEEKNO"] = [n for n in signed(53, 4, 51)]
    if (freq == "YEARLY" or not daily_or_longer) and chance(0.2):
        parts["BYYEARDAY"] = signed(366, 8, 366)
    if freq != "WEEKLY" and chance(0.3):
        parts["BYMONTHDAY"] = signed(31, 6, 31)
    if chance(0.4):
        if freq in ("YEARLY", "MONTHLY") and "BYWEEKNO" not in parts and chance(0.5):
            most = 5 if freq == "MONTHLY" or "BYMONTH" in parts else 53
            parts["BYDAY"] = [f"{n}{random.choice(WEEKDAYS)}" for n in signed(most, 3, most)]
        else:
            parts["BYDAY"] = random.sample(WEEKDAYS, random.randint(1, 4))
    if not is_date:
        if chance(0.25):
            parts["BYHOUR"] = some(range(24), 4)
        if chance(0.25):
            parts["BYMINUTE"] = some(range(60), 4)
        if chance(0.2):
            parts["BYSECOND"] = some(range(60), 3)
    if any(name.startswith("BY") for name in parts) and chance(0.25):
        parts["BYSETPOS"] = signed(8, 3, 8)
    if chance(0.3):
        parts["WKST"] = [random.choice(WEEKDAYS)]
    return parts


def text(freq, parts):
    return ";".join([f"FREQ={freq}"] + [f"{name}={','.join(map(str, values))}" for name, values in parts.items()])


def pattern(freq, parts, start):
    """The local times of the rule from DTSTART on, without COUNT and UNTIL."""
    parts = dict(parts)
    first = start
    if freq == "WEEKLY" and "BYSETPOS" in parts:
        if "BYDAY" not in parts:
            parts["BYDAY"] = [WEEKDAYS[start.weekday()]]
        week_start = WEEKDAYS.index(parts.get("WKST", ["MO"])[0])
        first = start - dt.timedelta(days=(start.weekday() - week_start) % 7)
    rule = rrule.rrulestr(text(freq, parts), dtstart=first)
    return takewhile(lambda time: time.year <= LAST_YEAR, (time for time in rule if time >= start))


def instant(local, zone):
    if zone in ("-", "date"):
        return int((local - EPOCH).total_seconds())
    return int(local.replace(tzinfo=zoneinfo.ZoneInfo(zone), fold=0).astimezone(UTC).timestamp())


def times(freq, parts, start, zone, count, until):
    wanted = LIMIT + 160
    found = list(islice(pattern(freq, parts, start), wanted))
    if not found or found[0] != start:
        found.insert(0, start)
    if count:
        found = found[:count]
    instants = sorted({instant(local, zone) for local in found})
    if until is not None:
        instants = [time for time in instants if time <= until or time == instants[0]]
    return instants[:LIMIT]


def digest(numbers):
    value = 0xCBF29CE484222325
    for byte in "".join(f"{n}\n" for n in numbers).encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


def random_start(freq, parts, zone):
    day = dt.datetime(random.choice([1997, 2000, 2007, 2011, 2023, 2024, 2026]), 1, 1)
    day += dt.timedelta(days=random.randint(0, 365))
    if chance(0.2):  # the nights in which clocks change
        day = random.choice([dt.datetime(2007, 3, 10), dt.datetime(2011, 12, 28), dt.datetime(2024, 10, 26),
                             dt.datetime(2023, 3, 25), dt.datetime(2011, 10, 14), dt.datetime(2024, 4, 5)])
    if zone == "date":
        return day
    return day + dt.timedelta(hours=random.choice([0, 1, 2, 3, 9, 17, 23]), minutes=random.choice([0, 30, 59]),
                              seconds=random.choice([0, 0, 0, 15]))


def random_row():
    freq = random.choice(FREQS)
    zone = random.choice(["-", "date"] + ZONES * 2)
    if zone == "date" and freq in ("HOURLY", "MINUTELY", "SECONDLY"):
        zone = "-"
    parts = random_parts(freq, zone == "date")
    start = random_start(freq, parts, zone)
    count = until = None
    bound = {}
    if chance(0.25):
        count = random.randint(1, 50)
        bound["COUNT"] = [count]
    elif chance(0.3):
        days = {"YEARLY": 6000, "MONTHLY": 900, "WEEKLY": 300, "DAILY": 60, "HOURLY": 6, "MINUTELY": 1, "SECONDLY": 1}
        end = start + dt.timedelta(days=random.randint(0, days[freq]), hours=random.randint(0, 23))
        if zone == "date":
            end = dt.datetime(end.year, end.month, end.day)
            bound["UNTIL"] = [end.strftime("%Y%m%d")]
        elif zone == "-":
            bound["UNTIL"] = [end.strftime("%Y%m%dT%H%M%S")]
        else:
            end = EPOCH + dt.timedelta(seconds=instant(end, zone))
            bound["UNTIL"] = [end.strftime("%Y%m%dT%H%M%SZ")]
        until = int((end - EPOCH).total_seconds())
    signal.setitimer(signal.ITIMER_REAL, 0.12)
    try:
        found = times(freq, parts, start, zone, count, until)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    shown = [found[0]] + [b - a for a, b in zip(found, found[1:])]
    written = start.strftime("%Y%m%d" if zone == "date" else "%Y%m%dT%H%M%S")
    return "|".join([text(freq, parts | bound), written, zone, str(len(found)), digest(found),
                     ",".join(map(str, shown[:SHOWN]))])


def main():
    random.seed(5545)
    signal.signal(signal.SIGALRM, on_alarm)
    rows = []
    while len(rows) < ROWS:
        try:
            rows.append(random_row())
        except (TooLong, ValueError):
            continue  # dateutil walks to the year 9999, or refuses an INTERVAL that never meets BYHOUR
    out = pathlib.Path(__file__).parent.parent / "tables" / "rules.txt"
    out.parent.mkdir(exist_ok=True)
    out.write_text("# Made by ../oracle/rules.py; RRULE|DTSTART|zone|how many|digest|the first times\n"
                   + "\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
