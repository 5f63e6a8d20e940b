"""Official code lists as data, each with its source and, where entries come and go, their days of validity."""
