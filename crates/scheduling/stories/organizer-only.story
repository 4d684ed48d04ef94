An attendee may not move the meeting
See: RFC 6638 3.2.2.1; docs/scheduling-rules.md, rule 20

alice invites bob to lunch
everything arrives
bob edits lunch:
    DTSTART:20260302T090000Z
it is refused
bob's lunch shows:
    DTSTART:20260302T100000Z
nothing is under way
