"""One file a vendor: how it is paged, refused and paced. The registry lists them."""
