package sqlstore

import "time"

// longestPause is the longest pause between two steps. A step that took longer
// probably waited for a lock.
const longestPause = 50 * time.Millisecond

// paced returns a function that wraps keep, for a task that runs in the background.
// Between two steps it pauses for as long as the step took. The task therefore uses at
// most half of the time of a connection and of a processor, and the requests of a busy
// machine do not wait for it.
func paced(keep func() error) func() error {
	var begun time.Time // of the step
	return func() error {
		if !begun.IsZero() {
			time.Sleep(min(time.Since(begun), longestPause))
		}
		err := keep()
		begun = time.Now()
		return err
	}
}
