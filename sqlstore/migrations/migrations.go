// Package migrations holds the tables of every engine, step by step. A step
// only adds; what it makes needless is taken away a release later, so that
// the release before keeps working on the newer tables.
package migrations

import "embed"

// Files holds a folder for each engine.
//
//go:embed */*.sql
var Files embed.FS
