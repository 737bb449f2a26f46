package memstore

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// AddMail adds a mail, unless a bound is reached.
func (s *Store) AddMail(_ context.Context, m account.Mail, bounds account.MailBounds) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addMail(m, bounds)
}

// queue adds a notice, which may be nil. The caller must change nothing before
// the call, and nothing if it returns an error.
func (s *Store) queue(n *account.Notice) error {
	if n == nil {
		return nil
	}
	n.Dropped = nil
	err := s.addMail(n.Mail, n.Bounds)
	if account.IsMailBound(err) {
		n.Dropped, err = err, nil
	}
	return err
}

func (s *Store) addMail(m account.Mail, bounds account.MailBounds) error {
	if slices.ContainsFunc(s.mails, func(other account.Mail) bool { return other.ID == m.ID }) {
		return account.ErrConflict
	}
	var rank, recipient, source int64
	for _, other := range s.mails {
		if other.Rank == m.Rank {
			rank++
			if other.Kind == m.Kind && strings.EqualFold(other.To, m.To) {
				recipient++
			}
		}
		if other.Source == m.Source && m.Source != "" {
			source++
		}
	}
	switch {
	case recipient >= bounds.Recipient:
		return account.ErrMailRecipientFull
	case source >= bounds.Source:
		return account.ErrMailSourceFull
	case rank >= bounds.Rank:
		return account.ErrMailQueueFull
	}
	m.CreatedAt, m.NextAt, m.ExpiresAt = ms(m.CreatedAt), ms(m.NextAt), ms(m.ExpiresAt)
	s.mails = append(s.mails, m)
	return nil
}

// TakeMails returns mails that are due.
func (s *Store) TakeMails(_ context.Context, now time.Time, wait time.Duration, rank int64, n int) ([]account.Mail, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.SortFunc(s.mails, func(a, b account.Mail) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), a.NextAt.Compare(b.NextAt), cmp.Compare(a.ID, b.ID))
	})
	var due []account.Mail
	for i := range s.mails {
		if m := &s.mails[i]; len(due) < n && m.Rank <= rank && !m.NextAt.After(now) {
			m.NextAt = ms(now.Add(wait << min(m.Attempts, 6)))
			m.Attempts++
			due = append(due, *m)
		}
	}
	return due, nil
}

// RemoveMail removes a mail.
func (s *Store) RemoveMail(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = slices.DeleteFunc(s.mails, func(m account.Mail) bool { return m.ID == id })
	return nil
}

// MailsOf returns mails about a user or about an address.
func (s *Store) MailsOf(_ context.Context, userID, address string, limit int) (mails []account.Mail, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.mails {
		if m.UserID == userID || m.UserID == "" && address != "" && strings.EqualFold(m.To, address) {
			mails = append(mails, m)
		}
	}
	slices.SortFunc(mails, func(a, b account.Mail) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return mails[:min(len(mails), limit)], nil
}

// WaitingMails returns the number of mails in the queue.
func (s *Store) WaitingMails(context.Context) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.mails), nil
}
