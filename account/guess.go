package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// A guess is an attempt that succeeds with a password. Only failed guesses count
// against the limits. A guess whose password is being checked reserves a place
// until the result is known, so that parallel guesses cannot exceed a limit. If the
// limit is reached only because of such reserved places, a further guess waits and
// is not rejected.
type guess struct {
	key    string // guesses with different keys take turns
	limits []AttemptLimit
	resets string // the key whose failed attempts a correct guess resets, or ""
	window time.Duration
	// quick is set if the check hashes no password, and so needs no turn.
	quick bool
}

// A guess asks for a place at most maxPlaceTries times, placeInterval apart. It
// rarely has to ask twice: a process checks fewer passwords at once than most
// limits allow.
const (
	placeInterval = 100 * time.Millisecond
	maxPlaceTries = 100
)

// guess calls check, which checks a password and returns ErrWrongPassword if it is
// wrong. It returns *ThrottledError after too many failed guesses, and
// ErrUnavailable if ctx ends or too many guesses wait.
func (a *Accounts) guess(ctx context.Context, g guess, check func() error) error {
	counts, err := a.beginGuess(ctx, g)
	if err != nil {
		return err
	}
	err = func() error {
		defer a.giveTurn(g)
		return check()
	}()
	resets := g.resets
	if err != nil {
		resets = ""
	}
	// The result counts even if the client has closed the connection.
	if err := a.Store.EndAttempt(context.WithoutCancel(ctx), counts, err != nil && !errors.Is(err, ErrNotChecked), resets); err != nil {
		return err
	}
	return err
}

// beginGuess waits until the guess has a turn and a place. The caller must give the
// turn back, unless beginGuess returns an error.
func (a *Accounts) beginGuess(ctx context.Context, g guess) ([]AttemptCount, error) {
	for range maxPlaceTries {
		if !g.quick {
			if err := a.takeHashTurn(ctx, g.key); err != nil {
				return nil, err
			}
		}
		counts, err := a.takePlace(ctx, g)
		if counts != nil {
			return counts, nil
		}
		a.giveTurn(g) // while this guess waits, others can be checked
		if err != nil {
			return nil, err
		}
		select {
		case <-time.After(placeInterval):
		case <-ctx.Done():
		}
	}
	return nil, fmt.Errorf("%w: too many passwords are being checked for an account or an address", ErrUnavailable)
}

// giveTurn ends the turn that beginGuess took.
func (a *Accounts) giveTurn(g guess) {
	if !g.quick {
		a.hashTurns.Give()
	}
}

// takePlace returns the counts of an attempt that has begun, *ThrottledError if it
// must not begin, or nil if it can begin as soon as another one succeeds.
func (a *Accounts) takePlace(ctx context.Context, g guess) ([]AttemptCount, error) {
	now := a.now()
	// If ctx could end here, an attempt could be counted as open and never be
	// ended.
	counts, begun, err := a.Store.BeginAttempt(context.WithoutCancel(ctx), g.limits, cmp.Or(g.window, attemptWindow), now)
	if err != nil {
		return nil, err
	}
	if begun {
		return counts, nil
	}
	last := len(counts) - 1
	if full := counts[last]; full.Failed >= g.limits[last].Max {
		return nil, &ThrottledError{RetryAfter: full.Until.Sub(now)}
	}
	return nil, nil
}
