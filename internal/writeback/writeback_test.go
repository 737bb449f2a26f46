package writeback_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/writeback"
)

// TestRunStoresTheRestAtItsEnd, part by part, although the context has ended.
func TestRunStoresTheRestAtItsEnd(t *testing.T) {
	for name, test := range map[string]struct {
		parts int
		err   error // of the last parts
		want  int   // the number of calls
	}{
		"all parts":                 {4, nil, 1 + 3},
		"until one is not possible": {4, errors.New("unavailable"), 1 + 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			running, stop := context.WithCancel(t.Context())
			calls, left, done := 0, test.parts, make(chan error)
			loop := writeback.Loop{Every: time.Second, Logger: slog.New(slog.DiscardHandler), Warning: "x", Store: func(ctx context.Context, last bool) (bool, error) {
				if ctx.Err() != nil || last != (running.Err() != nil) {
					t.Errorf("%s: the context is %v, last is %t", name, ctx.Err(), last)
				}
				calls++
				if last && test.err != nil {
					return true, test.err
				}
				left--
				return left > 0, nil
			}}
			go func() { done <- loop.Run(running) }()
			time.Sleep(1500 * time.Millisecond)
			stop()
			if err := <-done; err != nil || calls != test.want {
				t.Errorf("%s: %d calls, want %d; %v", name, calls, test.want, err)
			}
		})
	}
}

// TestRunWarnsOnceInAnOutage, and again in the next one.
func TestRunWarnsOnceInAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		running, stop := context.WithCancel(t.Context())
		var log bytes.Buffer
		calls, done := 0, make(chan error)
		loop := writeback.Loop{Every: time.Second, Logger: slog.New(slog.NewTextHandler(&log, nil)), Warning: "lost", Store: func(context.Context, bool) (bool, error) {
			if calls++; calls%4 != 0 {
				return true, errors.New("unavailable")
			}
			return false, nil
		}}
		go func() { done <- loop.Run(running) }()
		time.Sleep(6500 * time.Millisecond)
		stop()
		<-done
		if n := strings.Count(log.String(), "lost"); n != 2 {
			t.Errorf("%d warnings, want 2:\n%s", n, log.String())
		}
	})
}
