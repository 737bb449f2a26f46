// Package audit records who did what to what, from where, in a chain of hashes that shows
// whether a record was changed or removed.
//
// Reading order: record.go and row.go say what a record is and how it is stored, store.go
// what a backend promises. log.go records events, link.go adds them to the chain and
// removes old ones, and verify.go checks the chain. changes.go compares applications and
// people, and export.go writes records in formats of other programs.
package audit
