An answer to the old time is not one to the new time, and who gave it is told again
See: RFC 6638 3.2.8; docs/scheduling-rules.md, rules 3, 13

alice invites bob to lunch
everything arrives
alice edits lunch:
    DTSTART:20260302T140000Z
    DTEND:20260302T150000Z
bob answers lunch with ACCEPTED
REPLY from bob arrives
alice's lunch shows:
    ATTENDEE;PARTSTAT=NEEDS-ACTION:@bob
60 seconds pass
everything arrives
bob's lunch shows:
    DTSTART:20260302T140000Z
    ATTENDEE;PARTSTAT=NEEDS-ACTION:@bob
