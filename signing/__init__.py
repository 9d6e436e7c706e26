"""Keys, certificates and signatures: bytes in, signed bytes out."""
