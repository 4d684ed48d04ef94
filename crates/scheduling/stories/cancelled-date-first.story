A date that was cancelled stays so when the series comes later
See: RFC 5546 2.1.5, 3.2.5; docs/scheduling-rules.md, rule 14

alice invites bob to lunch:
    RRULE:FREQ=DAILY;COUNT=3
alice leaves out lunch on 2026-03-03T10:00:00Z
CANCEL to bob arrives
REQUEST to bob arrives
bob's lunch on 2026-03-03T10:00:00Z shows:
    STATUS:CANCELLED
bob's lunch on 2026-03-04T10:00:00Z shows:
    -STATUS
