package sqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/crash"
)

// The changes of other processes are asked for at this interval, and an answer is
// waited for this long. Together this is less than the second within which a
// change takes effect.
const (
	lookEvery    = 500 * time.Millisecond
	lookPatience = 400 * time.Millisecond
)

// maxLookAge is how long after a look Version relies on it. The look after it is late only
// if the process was stopped or got no CPU time. Then everything is read again.
const maxLookAge = time.Second

var errNoAnswer = errors.New("the database does not answer")

// watch follows the changes that other processes make. While it cannot, Version
// changes all the time, so that nothing is served from a cache: another process may
// have disabled a client.
func (s *Store) watch(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	seen := make(chan error, 1)
	for failing, looking := false, false; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !looking {
			looking = true
			s.background.Go(func() {
				defer crash.Log(s.Logger)
				seen <- s.look(ctx)
			})
		}
		var err error
		select {
		case <-ctx.Done():
			return
		case err = <-seen:
			looking = false
		case <-time.After(lookPatience):
			err = errNoAnswer
		}
		if err != nil {
			s.version.Add(1)
		}
		switch {
		case err != nil && !failing:
			s.warn(ctx, "the changes of other processes cannot be followed", err)
		case err == nil && failing:
			s.Logger.InfoContext(ctx, "the changes of other processes can be followed again")
		}
		failing = err != nil
		s.unwatched.Store(failing)
	}
}

// look checks once whether other processes have changed something.
func (s *Store) look(ctx context.Context) error {
	begun := time.Since(s.begun)
	changed, err := s.Changed(ctx)
	if err == nil && changed {
		err = s.refresh(ctx)
	}
	if err == nil {
		s.looked.Store(int64(begun))
	}
	return err
}

// refresh changes Version if the row in the database has changed.
func (s *Store) refresh(ctx context.Context) error {
	const query = `SELECT version FROM latchkey_config_version WHERE id = 1`
	var committed int64
	call := s.beginUncounted(ctx, query, reads)
	if err := call.end(s.Engine.QueryRow(ctx, query).Scan(&committed)); err != nil {
		return err
	}
	if s.committed.Swap(committed) != committed {
		s.version.Add(1)
	}
	return nil
}
