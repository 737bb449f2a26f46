// Package loadtest measures how many requests per second a running server
// answers, and how fast. It is bounded in time, requests and connections, and
// connects only to this machine unless Options.Remote is set.
//
// Read loadtest.go first, then measure.go; local.go keeps requests on this
// machine.
package loadtest
