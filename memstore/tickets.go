package memstore

import (
	"context"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Ticket returns a ticket and its standing.
func (s *Store) Ticket(_ context.Context, kind oauth.TicketKind, id oauth.ID) (oauth.Ticket, oauth.Standing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, known := s.tickets[id]
	if !known || t.Kind != kind {
		return oauth.Ticket{}, oauth.Standing{}, oauth.ErrNotFound
	}
	return t, s.ticketStanding(t), nil
}

// Put writes new tickets, all or none.
func (s *Store) Put(_ context.Context, tickets ...oauth.Ticket) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, t := range tickets {
		_, exists := s.tickets[t.ID]
		if exists || slices.ContainsFunc(tickets[:i], func(o oauth.Ticket) bool { return o.ID == t.ID }) {
			return oauth.ErrConflict
		}
	}
	for _, t := range tickets {
		s.addTicket(t)
	}
	return nil
}

func (s *Store) addTicket(t oauth.Ticket) {
	t.AuthTime, t.IssuedAt, t.ExpiresAt = ms(t.AuthTime), ms(t.IssuedAt), ms(t.ExpiresAt)
	s.tickets[t.ID] = t
}

// Spend spends a ticket and writes what is issued for it.
func (s *Store) Spend(_ context.Context, r oauth.SpendRequest) (oauth.SpendResult, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.spend(r)
}

func (s *Store) spend(r oauth.SpendRequest) (oauth.SpendResult, error) {
	t, known := s.tickets[r.ID]
	if !known || t.Kind != r.Kind {
		return oauth.SpendResult{}, oauth.ErrNotFound
	}
	standing := s.ticketStanding(t)
	_, loggedIn := s.sessions[t.SessionID]
	if t.State != r.State || !slices.Contains(r.Proofs, t.Proof) || !usable(t, standing, r.Now) || (r.InSession && t.SessionID != "" && !loggedIn) {
		return oauth.SpendResult{Ticket: t, Standing: standing}, nil
	}
	t.SpentAt = ms(r.Now)
	s.tickets[t.ID] = t
	if r.Family != nil {
		f := *r.Family
		f.ID, f.ClientID, f.Permission, f.AccessScope = t.ID, t.ClientID, t.Permission, t.Scope
		s.addFamily(f)
		s.addAccess(r.Access, f)
	}
	return oauth.SpendResult{Won: true, Ticket: t, Standing: standing}, nil
}

// ticketStanding is the standing of a ticket, which may belong to no client.
func (s *Store) ticketStanding(t oauth.Ticket) oauth.Standing {
	standing := s.standing(t.ClientID, t.Subject, oauth.ID{})
	if t.ClientID == "" {
		standing.ClientMissing = false
	}
	return standing
}

func usable(t oauth.Ticket, standing oauth.Standing, now time.Time) bool {
	return t.SpentAt.IsZero() && t.ExpiresAt.After(ms(now)) && standing.RevokedBecause(t.IssuedAt) == ""
}

// Change moves a ticket from one state to another.
func (s *Store) Change(_ context.Context, r oauth.ChangeRequest) (oauth.SpendResult, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.change(r)
}

func (s *Store) change(r oauth.ChangeRequest) (oauth.SpendResult, error) {
	t, known := s.tickets[r.ID]
	if !known || t.Kind != r.Kind {
		return oauth.SpendResult{}, oauth.ErrNotFound
	}
	standing := s.ticketStanding(t)
	if t.State != r.From || !usable(t, standing, r.Now) {
		return oauth.SpendResult{Ticket: t, Standing: standing}, nil
	}
	t.State = r.To
	if r.Permission != nil {
		t.Permission, t.IssuedAt = *r.Permission, ms(r.Now)
		t.AuthTime = ms(t.AuthTime)
	}
	if r.Body != "" {
		t.Body = r.Body
	}
	s.tickets[t.ID] = t
	return oauth.SpendResult{Won: true, Ticket: t, Standing: standing}, nil
}

// Approve writes what the decision of a person grants.
func (s *Store) Approve(_ context.Context, a oauth.Approval) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.Put != nil {
		if old, exists := s.tickets[a.Put.ID]; exists {
			if !old.SpentAt.IsZero() {
				return oauth.ErrConflict
			}
			return nil
		}
	}
	if a.Family != nil {
		if _, exists := s.families[a.Family.ID]; exists {
			return nil
		}
	}
	var result oauth.SpendResult
	var err error
	switch {
	case a.Spend != nil:
		result, err = s.spend(*a.Spend)
	case a.Change != nil:
		result, err = s.change(*a.Change)
	default:
		result.Won = true
	}
	if err != nil || !result.Won {
		return oauth.ErrConflict
	}
	if a.Put != nil {
		s.addTicket(*a.Put)
	}
	if f := a.Family; f != nil {
		s.addFamily(*f)
		s.addAccess(a.Access, *f)
	}
	if a.Consent != nil {
		s.remember(*a.Consent)
	}
	return nil
}

// remember adds the scope of a consent to the scope remembered before.
func (s *Store) remember(c oauth.Consent) {
	key := consentKey{c.Subject, c.ClientID}
	kept, known := s.consents[key]
	if !known {
		kept = oauth.Consent{Subject: c.Subject, ClientID: c.ClientID, GrantedAt: ms(c.GrantedAt)}
	}
	kept.Scope, kept.UpdatedAt = kept.Scope.With(c.Scope), ms(c.UpdatedAt)
	s.consents[key] = kept
}

func (s *Store) addFamily(f oauth.Family) {
	f.AuthTime, f.IssuedAt, f.IdleExpiresAt, f.ExpiresAt = ms(f.AuthTime), ms(f.IssuedAt), ms(f.IdleExpiresAt), ms(f.ExpiresAt)
	s.families[f.ID] = f
}
