"""Work that waits: jobs in the register, and those who do them."""
