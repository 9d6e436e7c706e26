"""The interface as OpenAPI 3.1, out of the schemas, words and limits that the code checks with."""
