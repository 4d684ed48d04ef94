A cancellation that comes before the invitation stands
See: RFC 5546 2.1.5, 3.2.5; docs/scheduling-rules.md, rule 14

alice invites bob and carol to lunch
REQUEST to carol arrives
alice deletes lunch
CANCEL to bob arrives
REQUEST to bob arrives
CANCEL to carol arrives
bob has no lunch
carol's lunch shows:
    STATUS:CANCELLED
# The same meeting, held after all.
alice invites bob and carol to lunch
everything arrives
bob's lunch shows:
    -STATUS
carol's lunch shows:
    -STATUS
