package memstore

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"maps"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// Factor returns a factor and its user.
func (s *Store) Factor(_ context.Context, id account.FactorID) (account.Factor, *account.User, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	factor, exists := s.factors[id]
	row, userExists := s.users[factor.UserID]
	if !exists || !userExists {
		return account.Factor{}, nil, account.ErrNotFound
	}
	return factor, &row.User, nil
}

// Factors returns all factors of a user, oldest first.
func (s *Store) Factors(_ context.Context, userID string) (factors []account.Factor, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, factor := range s.factors {
		if factor.UserID == userID {
			factors = append(factors, factor)
		}
	}
	slices.SortFunc(factors, func(a, b account.Factor) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), bytes.Compare(a.ID[:], b.ID[:]))
	})
	return factors, nil
}

// factorTaken reports whether a factor to be added exists and is not removed, or is added twice.
func (s *Store) factorTaken(userID string, remove []account.FactorID, add []account.Factor) bool {
	added := make(map[account.FactorID]bool, len(add))
	return slices.ContainsFunc(add, func(f account.Factor) bool {
		twice := added[f.ID]
		added[f.ID] = true
		old, exists := s.factors[f.ID]
		return twice || exists && (old.UserID != userID || !slices.Contains(remove, f.ID))
	})
}

// replaceFactors removes and adds factors of a user.
func (s *Store) replaceFactors(userID string, remove []account.FactorID, add []account.Factor) {
	for _, id := range remove {
		if s.factors[id].UserID == userID {
			delete(s.factors, id)
		}
	}
	for _, factor := range add {
		factor.UserID = userID
		factor.CreatedAt, factor.UsedAt, factor.ExpiresAt = ms(factor.CreatedAt), ms(factor.UsedAt), ms(factor.ExpiresAt)
		s.factors[factor.ID] = factor
	}
}

// ChangeFactors changes the factors of a user.
func (s *Store) ChangeFactors(ctx context.Context, c account.FactorChange) error {
	if c.At.IsZero() {
		return account.ErrNoTime
	}
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	row, exists := s.users[c.User.ID]
	if !exists {
		return account.ErrNotFound
	}
	if s.factorTaken(row.ID, c.Remove, c.Add) || row.Version != c.User.Version || row.LoginEpoch != c.User.LoginEpoch {
		return account.ErrConflict
	}
	if err := s.queue(c.Notice); err != nil {
		return err
	}
	for id, name := range c.Rename {
		if factor := s.factors[id]; factor.UserID == row.ID {
			factor.Name = name
			s.factors[id] = factor
		}
	}
	s.replaceFactors(row.ID, c.Remove, c.Add)
	row.Factors = slices.Clone(c.Factors)
	row.Version++
	if c.EndSessions {
		row.LoginEpoch++
		s.endSessions(c.At, func(id, user string) bool { return user == row.ID && id != c.KeepSession })
	}
	s.users[row.ID] = row
	c.User.Version, c.User.LoginEpoch, c.User.Factors = row.Version, row.LoginEpoch, row.Factors
	return nil
}

// RemoveFactors removes the factors of a kind of all users.
func (s *Store) RemoveFactors(_ context.Context, kind account.FactorKind, until time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.factors, func(_ account.FactorID, f account.Factor) bool {
		return f.Kind == kind && !f.CreatedAt.After(until)
	})
	return nil
}

// useFactor uses a factor, and reports whether that was possible.
func (s *Store) useFactor(userID string, use account.FactorUse) bool {
	factor, exists := s.factors[use.ID]
	if !exists || factor.UserID != userID || use.Step <= factor.Step ||
		(use.Counter <= factor.Counter && (use.Counter != 0 || factor.Counter != 0)) ||
		(!factor.ExpiresAt.IsZero() && !factor.ExpiresAt.After(ms(use.At))) {
		return false
	}
	factor.Step, factor.Counter, factor.UsedAt, factor.Body = use.Step, use.Counter, ms(use.At), cmp.Or(use.Body, factor.Body)
	s.factors[use.ID] = factor
	return true
}

// TokenFactors returns valid personal tokens, sorted by "created" (the default) or "used".
func (s *Store) TokenFactors(_ context.Context, f account.OwnedTokenFilter, p paging.Page) ([]account.TokenFactor, paging.Cursor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows, cursor := list(s.tokenFactors(f), p, func(t account.TokenFactor) place {
		if p.Sort == "used" {
			return place{timeKey(t.UsedAt), hex.EncodeToString(t.ID[:])}
		}
		return place{timeKey(t.CreatedAt), hex.EncodeToString(t.ID[:])}
	})
	return rows, cursor, nil
}

// CountTokenFactors counts what TokenFactors returns.
func (s *Store) CountTokenFactors(_ context.Context, f account.OwnedTokenFilter) (paging.Count, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return counted(len(s.tokenFactors(f))), nil
}

func (s *Store) tokenFactors(f account.OwnedTokenFilter) (rows []account.TokenFactor) {
	for _, factor := range s.factors {
		u := s.users[factor.UserID].User
		if f.Selects(factor, &u, s.clock()) {
			rows = append(rows, account.TokenFactor{Factor: factor, Username: u.Username})
		}
	}
	return rows
}

// NoteTokenUse sets the time of the last use of a personal token.
func (s *Store) NoteTokenUse(ctx context.Context, id account.FactorID, at time.Time) error {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	factor := s.factors[id]
	if factor.Kind == account.FactorToken && at.Sub(factor.UsedAt) >= account.TokenUseInterval {
		factor.UsedAt = ms(at)
		s.factors[id] = factor
	}
	return nil
}
