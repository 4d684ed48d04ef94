An answer to the series holds where only somebody else's answer stands apart
See: RFC 6638 3.2.6; docs/scheduling-rules.md, rules 13, 15

alice invites bob and carol to lunch:
    RRULE:FREQ=DAILY;COUNT=3
everything arrives
bob answers lunch on 2026-03-03T10:00:00Z with DECLINED
carol answers lunch with ACCEPTED
everything arrives
alice's lunch on 2026-03-03T10:00:00Z shows:
    ATTENDEE;PARTSTAT=DECLINED:@bob
    ATTENDEE;PARTSTAT=ACCEPTED:@carol
carol's lunch on 2026-03-03T10:00:00Z shows:
    ATTENDEE;PARTSTAT=DECLINED:@bob
    ATTENDEE;PARTSTAT=ACCEPTED:@carol
