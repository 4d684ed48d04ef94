Of one attendee's answers the last one counts, whatever arrives last
See: RFC 5546 2.1.5; docs/scheduling-rules.md, rule 13

alice invites bob to lunch
everything arrives
bob answers lunch with ACCEPTED
bob answers lunch with TENTATIVE
the last REPLY from bob arrives
REPLY from bob arrives
alice's lunch shows:
    ATTENDEE;PARTSTAT=TENTATIVE:@bob
