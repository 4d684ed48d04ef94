An update that is lost is made good by the next one
See: RFC 5546 3.2.2.2

alice invites bob to lunch
everything arrives
alice edits lunch:
    LOCATION:Harbour
REQUEST to bob is lost
alice edits lunch:
    SUMMARY:A long lunch
everything arrives
bob's lunch shows:
    LOCATION:Harbour
    SUMMARY:A long lunch
