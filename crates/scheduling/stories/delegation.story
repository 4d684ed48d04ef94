A delegate answers before the organizer knows of him
See: RFC 5546 4.2.5; docs/scheduling-rules.md, rule 16

alice invites bob and carol to lunch
everything arrives
bob delegates lunch to dave
REQUEST to dave arrives
dave answers lunch with ACCEPTED
REPLY from dave to alice arrives
REPLY from bob to alice arrives
everything arrives
alice's lunch shows:
    ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="@dave":@bob
    ATTENDEE;PARTSTAT=ACCEPTED;DELEGATED-FROM="@bob":@dave
bob's lunch shows:
    ATTENDEE;PARTSTAT=ACCEPTED:@dave
carol's lunch shows:
    ATTENDEE;PARTSTAT=ACCEPTED:@dave
