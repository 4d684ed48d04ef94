Two answers that cross are both shown
See: RFC 5546 2.1.5; docs/scheduling-rules.md, rule 13

alice invites bob and carol to lunch
everything arrives
bob answers lunch with ACCEPTED
carol answers lunch with DECLINED
REPLY from carol arrives
REPLY from bob arrives
everything arrives
alice's lunch shows:
    ATTENDEE;PARTSTAT=ACCEPTED:@bob
    ATTENDEE;PARTSTAT=DECLINED:@carol
bob's lunch shows:
    ATTENDEE;PARTSTAT=DECLINED:@carol
carol's lunch shows:
    ATTENDEE;PARTSTAT=ACCEPTED:@bob
nothing is under way
