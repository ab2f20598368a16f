"""One module per provider: a received file becomes tables of the schema, without judgement."""
