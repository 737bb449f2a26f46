package memstore

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// CountAttempt counts an attempt and returns the count in the current window.
func (s *Store) CountAttempt(_ context.Context, key string, window time.Duration, now time.Time) (int, time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	count := s.attemptCount(key, window, now)
	count.Failed++
	s.attempts[key] = count
	return count.Failed, count.Until, nil
}

// attemptCount returns the count in the current window or, if it has ended, in a
// new one.
func (s *Store) attemptCount(key string, window time.Duration, now time.Time) account.AttemptCount {
	if count := s.attempts[key]; count.Until.After(ms(now)) {
		return count
	}
	return account.AttemptCount{Key: key, Until: ms(now.Add(window))}
}

// BeginAttempt counts an open attempt for each limit, unless one is full.
func (s *Store) BeginAttempt(_ context.Context, limits []account.AttemptLimit, window time.Duration, now time.Time) (counts []account.AttemptCount, begun bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, limit := range limits {
		count := s.attemptCount(limit.Key, window, now)
		if count.Failed >= limit.Max && !limit.Shared {
			for _, before := range counts {
				before.Failed++
				s.attempts[before.Key] = before
			}
		}
		counts = append(counts, count)
		if count.Failed+count.Open >= limit.Max {
			return counts, false, nil
		}
	}
	for _, count := range counts {
		count.Open++
		s.attempts[count.Key] = count
	}
	return counts, true, nil
}

// EndAttempt ends an attempt.
func (s *Store) EndAttempt(_ context.Context, counts []account.AttemptCount, failed bool, resets string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, begun := range counts {
		count := s.attempts[begun.Key]
		if !count.Until.Equal(begun.Until) || count.Open == 0 {
			continue
		}
		count.Open--
		switch {
		case failed:
			count.Failed++
		case begun.Key == resets:
			count.Failed = 0
		}
		s.attempts[begun.Key] = count
	}
	return nil
}
