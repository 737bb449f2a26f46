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
	if r.Now.IsZero() {
		return oauth.SpendResult{}, oauth.ErrNoTime
	}
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
	if t.State != r.State || !slices.Contains(r.Proofs, t.Proof) || !usable(t, standing, r.Now) || s.sessionEnded(t, r) {
		return oauth.SpendResult{Ticket: t, Standing: standing}, nil
	}
	if _, exists := s.families[t.ID]; exists && r.Family != nil {
		return oauth.SpendResult{}, oauth.ErrConflict
	}
	t.SpentAt = ms(r.Now)
	s.tickets[t.ID] = t
	if r.Family != nil {
		f := *r.Family
		f.ID, f.ClientID, f.Permission, f.AccessScope = t.ID, t.ClientID, t.Permission, t.Scope
		s.addFamily(f)
		s.addAccess(r.Access, f, r.Audience)
	}
	return oauth.SpendResult{Won: true, Ticket: t, Standing: standing}, nil
}

// sessionEnded reports whether the login session of the ticket has ended.
func (s *Store) sessionEnded(t oauth.Ticket, r oauth.SpendRequest) bool {
	if t.SessionID == "" {
		return false
	}
	if r.InSession {
		return !lasts(s.sessions[t.SessionID], r.Now)
	}
	client := s.sessionClients[oauth.SessionClient{SessionID: t.SessionID, ClientID: t.ClientID, Subject: t.Subject}]
	return client.endedSince(t.IssuedAt) || s.sessionClients[endMark(t.SessionID)].endedSince(t.IssuedAt)
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
	if r.Now.IsZero() {
		return oauth.SpendResult{}, oauth.ErrNoTime
	}
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

// Cancel moves a ticket to another state, whatever its client and its person are.
func (s *Store) Cancel(_ context.Context, c oauth.Cancellation) (oauth.SpendResult, error) {
	if c.Now.IsZero() {
		return oauth.SpendResult{}, oauth.ErrNoTime
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, known := s.tickets[c.ID]
	if !known || t.Kind != c.Kind {
		return oauth.SpendResult{}, oauth.ErrNotFound
	}
	result := oauth.SpendResult{Ticket: t, Standing: s.ticketStanding(t)}
	if t.State != c.From || t.Proof != c.Proof || !t.SpentAt.IsZero() || !t.ExpiresAt.After(ms(c.Now)) {
		return result, nil
	}
	if t.State = c.To; c.Spent {
		t.SpentAt = ms(c.Now)
	}
	s.tickets[t.ID] = t
	result.Won, result.Ticket = true, t
	return result, nil
}

// Approve writes what the decision of a person grants.
func (s *Store) Approve(_ context.Context, a oauth.Approval) (time.Time, error) {
	if !a.HasTimes() {
		return time.Time{}, oauth.ErrNoTime
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.maybeApproved(a) {
		return time.Time{}, oauth.ErrNotFound
	}
	before, completed, err := s.answeredBefore(a)
	if err != nil || !before.IsZero() {
		return before, err
	}
	if !completed && !s.complete(a) {
		return time.Time{}, oauth.ErrConflict
	}
	if a.Session != nil {
		s.sessionClients[*a.Session] = sessionClient{until: ms(a.SessionUntil)}
	}
	if a.Put != nil {
		s.addTicket(*a.Put)
		before = ms(a.Put.IssuedAt)
	}
	for _, id := range a.Revoke {
		s.revokeFamily(id, a.Now)
	}
	if f := a.Family; f != nil {
		s.addFamily(*f)
		s.addAccess(a.Access, *f, nil)
	}
	if a.Consent != nil {
		s.remember(*a.Consent, a.Shown, a.Outdated)
	}
	return before, nil
}

// maybeApproved reports whether the person is still logged in, and has still
// allowed what the approval relies on.
func (s *Store) maybeApproved(a oauth.Approval) bool {
	if a.InSession != "" && !lasts(s.sessions[a.InSession], a.Now) {
		return false
	}
	if a.HostSession != "" && s.sessionClients[endMark(a.HostSession)].endedSince(ms(a.Now)) {
		return false
	}
	if a.Session != nil && s.sessionClients[*a.Session].endedSince(ms(a.Now)) {
		return false
	}
	if a.Relies == nil {
		return true
	}
	stored, known := s.consents[consentKey{a.Relies.Subject, a.Relies.ClientID}]
	return known && stored.Scope.String() == a.Relies.Scope.String()
}

// answeredBefore returns when the same decision was approved before, or the zero
// time if its ticket cannot be used for the response again. completed reports
// whether that approval has already completed the other tickets of the decision. It
// returns ErrConflict if the earlier ticket cannot be replaced or the family was
// revoked.
func (s *Store) answeredBefore(a oauth.Approval) (issuedAt time.Time, completed bool, err error) {
	if a.Put != nil {
		old, exists := s.tickets[a.Put.ID]
		switch {
		case !exists:
		case !old.SpentAt.IsZero() || old.Kind != a.Put.Kind || (old.Proof != a.Put.Proof && old.Proof != a.Replaces):
			return time.Time{}, false, oauth.ErrConflict
		case old.Proof == a.Put.Proof && old.ExpiresAt.After(ms(a.Now)):
			return old.IssuedAt, true, nil
		}
		completed = exists && old.Proof == a.Put.Proof
	}
	if a.Family != nil && !s.families[a.Family.ID].RevokedAt.IsZero() {
		return time.Time{}, false, oauth.ErrConflict
	}
	return time.Time{}, completed, nil
}

// complete spends or changes the ticket that the decision is about.
func (s *Store) complete(a oauth.Approval) (won bool) {
	var result oauth.SpendResult
	var err error
	switch {
	case a.Spend != nil:
		result, err = s.spend(*a.Spend)
	case a.Change != nil:
		result, err = s.change(*a.Change)
	default:
		return true
	}
	return err == nil && result.Won
}

// remember replaces what was remembered about the scopes that were shown. Of a consent that is not
// newer than outdated, it keeps no scope.
func (s *Store) remember(c oauth.Consent, shown oauth.Scopes, outdated time.Time) {
	key := consentKey{c.Subject, c.ClientID}
	kept, known := s.consents[key]
	if !known {
		kept = oauth.Consent{Subject: c.Subject, ClientID: c.ClientID, GrantedAt: ms(c.GrantedAt)}
	}
	if !kept.UpdatedAt.After(outdated) {
		kept.Scope = nil
	}
	kept.Scope, kept.UpdatedAt, kept.EndsAt = shown.Missing(kept.Scope).With(c.Scope), ms(c.UpdatedAt), ms(c.EndsAt)
	s.consents[key] = kept
}

func (s *Store) addFamily(f oauth.Family) {
	f.AuthTime, f.IssuedAt, f.IdleExpiresAt, f.ExpiresAt = ms(f.AuthTime), ms(f.IssuedAt), ms(f.IdleExpiresAt), ms(f.ExpiresAt)
	s.families[f.ID] = f
}
