A copy that was thrown away comes back by what is said later only
See: RFC 6638 3.2.2.4; docs/scheduling-rules.md, rule 14

alice invites bob to lunch
everything arrives
alice edits lunch:
    SUMMARY:A long lunch
bob deletes lunch
everything arrives
bob has no lunch
alice's lunch shows:
    ATTENDEE;PARTSTAT=DECLINED:@bob
alice edits lunch:
    DTSTART:20260303T100000Z
    DTEND:20260303T110000Z
everything arrives
bob's lunch shows:
    DTSTART:20260303T100000Z
    ATTENDEE;PARTSTAT=NEEDS-ACTION:@bob
