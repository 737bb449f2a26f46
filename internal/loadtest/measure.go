package loadtest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// measure repeats an operation on all connections until the time has passed or
// the requests are made.
func (t *test) measure(ctx context.Context, op operation) Result {
	ctx, cancel := context.WithTimeout(ctx, t.Time)
	defer cancel()
	var (
		all      sync.WaitGroup
		requests atomic.Int64
		failed   atomic.Int64
		took     = make([][]time.Duration, t.Connections)
	)
	start := time.Now()
	stop := t.reportProgress(op.name, start, &requests)
	for i := range t.Connections {
		all.Go(func() {
			for ctx.Err() == nil && !t.noFiles.Load() && requests.Add(1) <= int64(t.Requests) {
				sent := time.Now()
				status := t.status(ctx, op)
				if ctx.Err() != nil {
					return // requests that the end of the test cuts off do not count
				}
				if status != http.StatusOK {
					failed.Add(1)
				}
				took[i] = append(took[i], time.Since(sent))
			}
		})
	}
	all.Wait()
	seconds := time.Since(start).Seconds()
	stop()
	sorted := slices.Concat(took...)
	result := Result{Operation: op.name, Requests: len(sorted), Failed: int(failed.Load()), Rate: float64(len(sorted)) / seconds}
	if len(sorted) > 0 {
		slices.Sort(sorted)
		result.Median, result.P99, result.Max = sorted[len(sorted)/2], sorted[len(sorted)*99/100], sorted[len(sorted)-1]
	}
	return result
}

const progressInterval = 100 * time.Millisecond

// reportProgress calls OnProgress until stop is called.
func (t *test) reportProgress(operation string, start time.Time, requests *atomic.Int64) (stop func()) {
	if t.OnProgress == nil {
		return func() {}
	}
	over, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(progressInterval)
		defer tick.Stop()
		for {
			t.OnProgress(Progress{Operation: operation, Requests: int(min(requests.Load(), int64(t.Requests))), Elapsed: time.Since(start)})
			select {
			case <-tick.C:
			case <-over:
				return
			}
		}
	}()
	return func() { close(over); <-done }
}

// status sends a request and returns the status of the response, or 0 without
// a response.
func (t *test) status(ctx context.Context, op operation) int {
	r, err := t.request(ctx, op)
	if err != nil {
		return 0
	}
	response, err := t.client.Do(r)
	if errors.Is(err, syscall.EMFILE) {
		t.noFiles.Store(true)
	}
	if err != nil {
		return 0
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return 0
	}
	return response.StatusCode
}
