An invitation that comes twice, late, undoes nothing
See: RFC 5546 2.1.5

alice invites bob to lunch
everything arrives
bob answers lunch with ACCEPTED
alice edits lunch:
    SUMMARY:A long lunch
everything arrives
REQUEST to bob arrives again
REQUEST to bob arrives again
bob's lunch shows:
    SUMMARY:A long lunch
    ATTENDEE;PARTSTAT=ACCEPTED:@bob
