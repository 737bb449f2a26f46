package main

import (
	"testing"
	"time"
)

// giveUp returns when a test stops waiting for something that should happen. It
// is not a measure of speed: what has not happened by then is assumed never to
// happen. It is before the deadline of the test binary, so that the test fails
// with its own message.
func giveUp(t *testing.T) time.Time {
	t.Helper()
	end := time.Now().Add(5 * time.Minute)
	if deadline, limited := t.Deadline(); limited && deadline.Add(-10*time.Second).Before(end) {
		end = deadline.Add(-10 * time.Second)
	}
	return end
}

// await returns when the condition holds. It checks the condition whenever
// changed receives a value, and fails the test after giveUp.
func await(t *testing.T, changed <-chan struct{}, what string, holds func() bool) {
	t.Helper()
	stop := time.NewTimer(time.Until(giveUp(t)))
	defer stop.Stop()
	for !holds() {
		select {
		case <-changed:
		case <-stop.C:
			t.Fatalf("%s: this did not happen", what)
		}
	}
}
