"""What becomes of keys when a case is over: custodians, party links, erasing."""
