Who declined and threw it away is asked when the time had changed
See: RFC 6638 3.2.2.4, 3.2.8; docs/scheduling-rules.md, rules 14 and 17

alice invites bob to lunch
everything arrives
alice edits lunch:
    DTSTART:20260302T110000Z
    DTEND:20260302T120000Z
bob answers lunch with DECLINED
1 seconds pass
REPLY from bob arrives
bob deletes lunch
everything arrives
alice's lunch shows:
    ATTENDEE;PARTSTAT=NEEDS-ACTION:@bob
bob's lunch shows:
    DTSTART:20260302T110000Z
    ATTENDEE;PARTSTAT=NEEDS-ACTION:@bob
bob deletes lunch
everything arrives
alice's lunch shows:
    ATTENDEE;PARTSTAT=DECLINED:@bob
REQUEST to bob arrives again
bob has no lunch
