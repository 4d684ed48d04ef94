An answer to a date that is no more changes nothing
See: RFC 5546 3.2.3; docs/scheduling-rules.md, rules 5, 13

alice invites bob to lunch:
    RRULE:FREQ=DAILY;COUNT=3
everything arrives
bob answers lunch on 2026-03-04T10:00:00Z with DECLINED
alice edits lunch:
    RRULE:FREQ=DAILY;COUNT=2
REPLY from bob arrives
everything arrives
alice's lunch shows:
    RRULE:FREQ=DAILY;COUNT=2
    ATTENDEE;PARTSTAT=NEEDS-ACTION:@bob
bob's lunch on 2026-03-03T10:00:00Z shows:
    ATTENDEE;PARTSTAT=NEEDS-ACTION:@bob
