package postgres

// Unencrypted is unencrypted for the tests.
var Unencrypted = unencrypted //nolint:gochecknoglobals // a function
