package memstore

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// place is the position of a row in a list: its sort key and, for rows with equal
// keys, its ID.
type place struct{ Key, ID string }

func (p place) compare(other place) int {
	if c := strings.Compare(p.Key, other.Key); c != 0 {
		return c
	}
	return strings.Compare(p.ID, other.ID)
}

func (p place) cursor() string {
	text, _ := json.Marshal(p) // cannot fail: two strings
	return base64.RawURLEncoding.EncodeToString(text)
}

func readCursor(text string) (p place, ok bool) {
	plain, err := base64.RawURLEncoding.DecodeString(text)
	return p, text != "" && err == nil && json.Unmarshal(plain, &p) == nil
}

// list sorts the rows and returns one page of them.
func list[T any](rows []T, p paging.Page, at func(T) place) ([]T, paging.Cursor) {
	limit := p.Limit
	if limit <= 0 {
		limit = 50
	}
	sign := 1
	if p.Descending {
		sign = -1
	}
	slices.SortFunc(rows, func(a, b T) int { return sign * at(a).compare(at(b)) })
	from, to := 0, min(limit, len(rows))
	if c, ok := readCursor(p.After); ok {
		from = slices.IndexFunc(rows, func(row T) bool { return sign*at(row).compare(c) > 0 })
		if from < 0 {
			from = len(rows)
		}
		to = min(from+limit, len(rows))
	} else if c, ok := readCursor(p.Before); ok {
		to = slices.IndexFunc(rows, func(row T) bool { return sign*at(row).compare(c) >= 0 })
		if to < 0 {
			to = len(rows)
		}
		from = max(0, to-limit)
	} else if p.Last && p.After == "" && p.Before == "" {
		from, to = max(0, len(rows)-limit), len(rows)
	}
	var cursor paging.Cursor
	if from > 0 && from < to {
		cursor.Previous = at(rows[from]).cursor()
	}
	if to < len(rows) && from < to {
		cursor.Next = at(rows[to-1]).cursor()
	}
	return slices.Clone(rows[from:to]), cursor
}

// timeKey returns a text for t. Texts sort in the same order as times.
func timeKey(t time.Time) string { return t.UTC().Format("20060102150405.000") }

// matches reports whether one of the texts contains search, ignoring case.
func matches(search string, texts ...string) bool {
	search = strings.ToLower(search)
	return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(strings.ToLower(text), search) })
}

// Clients lists clients by "name" (the default), "client_id", "created" or "type".
func (s *Store) Clients(_ context.Context, f oauth.ClientFilter, p paging.Page) ([]*oauth.Client, paging.Cursor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows, cursor := list(s.selectedClients(f), p, func(c *oauth.Client) place {
		switch p.Sort {
		case "client_id":
			return place{"", c.ID}
		case "created":
			return place{timeKey(c.CreatedAt), c.ID}
		case "type":
			return place{string(c.Type), c.ID}
		}
		return place{strings.ToLower(c.Name), c.ID}
	})
	return rows, cursor, nil
}

// CountClients counts what Clients lists.
func (s *Store) CountClients(_ context.Context, f oauth.ClientFilter) (oauth.Count, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return counted(len(s.selectedClients(f))), nil
}

// FindClients returns clients whose name or client_id begins with the text.
func (s *Store) FindClients(_ context.Context, text string, limit int) (found []*oauth.Client, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.clients {
		if begin(text, c.Name, c.ID) {
			found = append(found, &c)
		}
	}
	rank := func(c *oauth.Client) int {
		switch {
		case c.ID == text:
			return 0
		case strings.HasPrefix(c.ID, text):
			return 1
		}
		return 2
	}
	slices.SortFunc(found, func(a, b *oauth.Client) int { return cmp.Compare(rank(a), rank(b)) })
	return found[:min(limit, len(found))], nil
}

func (s *Store) selectedClients(f oauth.ClientFilter) (rows []*oauth.Client) {
	for _, c := range s.clients {
		if (f.Type == "" || c.Type == f.Type) && (f.GrantType == "" || c.Allows(f.GrantType)) &&
			(!f.Legacy || len(c.Legacy) > 0) && (f.OwnerID == "" || c.OwnerID == f.OwnerID || !f.Responsible && c.OwnedBy(f.OwnerID)) && (f.Disabled == nil || c.Disabled == *f.Disabled) &&
			(f.Review == "" || c.Review == f.Review) && (f.IDs == nil || slices.Contains(f.IDs, c.ID)) && (f.AddedBy == "" || c.AddedBy() == f.AddedBy) && within(c.CreatedAt, f.From, f.Until) &&
			matches(f.Search, c.Name, c.ID, s.users[c.OwnerID].Username) {
			rows = append(rows, &c)
		}
	}
	return rows
}

// newestFirst returns the page in descending order, in which tokens, consents and sessions
// are listed unless the page is sorted by "time".
func newestFirst(p paging.Page) paging.Page {
	if p.Sort != "time" {
		p.Descending = true
	}
	return p
}

// within reports whether at is not before from, and before until. A zero from or until sets
// no limit.
func within(at, from, until time.Time) bool {
	return (from.IsZero() || !at.Before(from)) && (until.IsZero() || at.Before(until))
}

// counted returns the number of rows, as a backend with a bound counts them.
func counted(n int) paging.Count {
	return paging.Count{N: min(n, paging.MostCounted), More: n > paging.MostCounted}
}

// begin reports whether one of the texts begins with start, ignoring case.
func begin(start string, texts ...string) bool {
	return slices.ContainsFunc(texts, func(text string) bool { return strings.HasPrefix(strings.ToLower(text), strings.ToLower(start)) })
}

// selects reports whether the filter selects rows of the client and the person.
func (s *Store) selects(f oauth.FamilyFilter, clientID, person string, scope oauth.Scopes) bool {
	return (!f.Agents || s.clients[clientID].Agent) && (!f.Offline || scope.Contains(oauth.ScopeOfflineAccess)) && (f.ClientID == "" || f.ClientID == clientID) && (f.Subject == "" || f.Subject == person) &&
		matches(f.Search, clientID, s.clients[clientID].Name, s.users[person].Username)
}

// Families lists families that are valid, newest first.
func (s *Store) Families(_ context.Context, f oauth.FamilyFilter, p paging.Page) ([]oauth.FamilyRow, paging.Cursor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows, cursor := list(s.selectedFamilies(f), newestFirst(p), func(r oauth.FamilyRow) place { return place{"", r.ID.String()} })
	return rows, cursor, nil
}

// CountFamilies counts what Families lists.
func (s *Store) CountFamilies(_ context.Context, f oauth.FamilyFilter) (oauth.Count, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return counted(len(s.selectedFamilies(f))), nil
}

func (s *Store) selectedFamilies(f oauth.FamilyFilter) (rows []oauth.FamilyRow) {
	now := s.clock()
	for _, family := range s.families {
		if within(family.ID.Time(), f.From, f.Until) && (f.Ended && f.Subject != "" || family.State(s.familyStanding(family), now, f.InSession) == cmp.Or(f.State, oauth.TokenValid)) && s.selects(f, family.ClientID, family.Subject, family.Scope) {
			rows = append(rows, oauth.FamilyRow{Family: family, ClientName: s.clients[family.ClientID].Name, Username: s.users[family.Subject].Username})
		}
	}
	return rows
}

// AccessTokens lists opaque access tokens that are valid, newest first.
func (s *Store) AccessTokens(_ context.Context, f oauth.FamilyFilter, p paging.Page) ([]oauth.AccessTokenRow, paging.Cursor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows, cursor := list(s.selectedAccess(f), newestFirst(p), func(r oauth.AccessTokenRow) place { return place{"", r.ID.String()} })
	return rows, cursor, nil
}

// CountAccessTokens counts what AccessTokens lists.
func (s *Store) CountAccessTokens(_ context.Context, f oauth.FamilyFilter) (oauth.Count, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return counted(len(s.selectedAccess(f))), nil
}

func (s *Store) selectedAccess(f oauth.FamilyFilter) (rows []oauth.AccessTokenRow) {
	now := s.clock()
	for _, token := range s.access {
		if within(token.ID.Time(), f.From, f.Until) && token.State(s.standing(token.ClientID, token.Subject, token.FamilyID), now) == cmp.Or(f.State, oauth.TokenValid) && s.selects(f, token.ClientID, token.Subject, token.Scope) {
			rows = append(rows, oauth.AccessTokenRow{AccessToken: token, ClientName: s.clients[token.ClientID].Name, Username: s.users[token.Subject].Username})
		}
	}
	return rows
}

// Tickets lists tickets of a kind that have not expired, newest first.
func (s *Store) Tickets(_ context.Context, kind oauth.TicketKind, f oauth.FamilyFilter, p paging.Page) ([]oauth.TicketRow, paging.Cursor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows, cursor := list(s.liveTickets(kind, f), newestFirst(p), func(r oauth.TicketRow) place { return place{"", r.ID.String()} })
	return rows, cursor, nil
}

// CountTickets counts what Tickets lists.
func (s *Store) CountTickets(_ context.Context, kind oauth.TicketKind, f oauth.FamilyFilter) (oauth.Count, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.liveTickets(kind, f))
	return oauth.Count{N: min(n, oauth.MostCounted), More: n > oauth.MostCounted}, nil
}

func (s *Store) liveTickets(kind oauth.TicketKind, f oauth.FamilyFilter) (rows []oauth.TicketRow) {
	now := s.clock()
	for _, t := range s.tickets {
		if t.Kind == kind && within(t.ID.Time(), f.From, f.Until) && t.ExpiresAt.After(now) && s.selects(f, t.ClientID, t.Subject, t.Scope) {
			rows = append(rows, oauth.TicketRow{Ticket: t, ClientName: s.clients[t.ClientID].Name, Username: s.users[t.Subject].Username})
		}
	}
	return rows
}

// Consents lists consents, the most recently changed first.
func (s *Store) Consents(_ context.Context, f oauth.FamilyFilter, p paging.Page) ([]oauth.ConsentRow, paging.Cursor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows, cursor := list(s.selectedConsents(f), newestFirst(p), func(r oauth.ConsentRow) place { return placeOfConsent(r.Consent) })
	return rows, cursor, nil
}

func placeOfConsent(c oauth.Consent) place {
	return place{timeKey(c.UpdatedAt), c.Subject + " " + c.ClientID}
}

// ConsentCursor returns the cursor of a row of Consents.
func (s *Store) ConsentCursor(c oauth.Consent) string { return placeOfConsent(c).cursor() }

// Accesses returns the present access of clients for people.
func (s *Store) Accesses(_ context.Context, of []oauth.ConsentKey, inSession bool) ([]oauth.Access, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, now := make([]oauth.Access, len(of)), s.clock()
	for i, key := range of {
		for _, f := range s.selectedFamilies(oauth.FamilyFilter{Subject: key.Subject, ClientID: key.ClientID, InSession: inSession}) {
			all[i] = all[i].With(&f.Family, now)
		}
	}
	return all, nil
}

// CountConsents counts what Consents lists.
func (s *Store) CountConsents(_ context.Context, f oauth.FamilyFilter) (oauth.Count, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return counted(len(s.selectedConsents(f))), nil
}

func (s *Store) selectedConsents(f oauth.FamilyFilter) (rows []oauth.ConsentRow) {
	for _, consent := range s.consents {
		if _, known := s.clients[consent.ClientID]; known && within(consent.UpdatedAt, f.From, f.Until) && s.selects(f, consent.ClientID, consent.Subject, consent.Scope) {
			rows = append(rows, oauth.ConsentRow{Consent: consent, ClientName: s.clients[consent.ClientID].Name, Username: s.users[consent.Subject].Username})
		}
	}
	return rows
}

// Users lists users by "username" (the default), "name", "created" or "last_login".
func (s *Store) Users(_ context.Context, f account.UserFilter, p paging.Page) ([]*account.User, paging.Cursor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows, cursor := list(s.selectedUsers(f), p, func(u *account.User) place {
		switch p.Sort {
		case "name":
			return place{strings.ToLower(u.Name), u.ID}
		case "created":
			return place{timeKey(u.CreatedAt), u.ID}
		case "last_login":
			return place{timeKey(u.LastLoginAt), u.ID}
		}
		return place{s.users[u.ID].canonical, u.ID}
	})
	return rows, cursor, nil
}

// CountUsers counts what Users lists.
func (s *Store) CountUsers(_ context.Context, f account.UserFilter) (paging.Count, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return counted(len(s.selectedUsers(f))), nil
}

// FindUsers returns users whose username, name or email address begins with the text.
func (s *Store) FindUsers(_ context.Context, text string, limit int) (found []*account.User, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, row := range s.users {
		if begin(text, row.Username, row.Name, row.Email) {
			found = append(found, &row.User)
		}
	}
	return found[:min(limit, len(found))], nil
}

func (s *Store) selectedUsers(f account.UserFilter) (rows []*account.User) {
	for _, row := range s.users {
		if within(row.CreatedAt, f.From, f.Until) && (f.Admin == nil || row.Roles().Has(account.RoleAdministrator) == *f.Admin) && (f.Role == "" || row.Roles().Has(f.Role)) && (f.Disabled == nil || row.Disabled == *f.Disabled) &&
			(f.IDs == nil || slices.Contains(f.IDs, row.ID)) && matches(f.Search, row.Username, row.Name, row.Email) {
			rows = append(rows, &row.User)
		}
	}
	return rows
}

// Sessions lists sessions that have not expired, newest first.
func (s *Store) Sessions(_ context.Context, f account.SessionFilter, p paging.Page) ([]account.SessionRow, paging.Cursor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows, cursor := list(s.selectedSessions(f), newestFirst(p), func(r account.SessionRow) place { return place{"", r.ID} })
	return rows, cursor, nil
}

// CountSessions counts what Sessions lists.
func (s *Store) CountSessions(_ context.Context, f account.SessionFilter) (paging.Count, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return counted(len(s.selectedSessions(f))), nil
}

func (s *Store) selectedSessions(f account.SessionFilter) (rows []account.SessionRow) {
	for _, session := range s.sessions {
		user, known := s.users[session.UserID]
		active := known && !user.Disabled && lasts(session, s.clock())
		if username := user.Username; active != f.Ended && within(session.CreatedAt, f.From, f.Until) && (f.UserID == "" || f.UserID == session.UserID) && matches(f.Search, username, session.Address) &&
			(f.Method == "" || slices.Contains(session.Methods, f.Method)) {
			rows = append(rows, account.SessionRow{Session: session, Username: username})
		}
	}
	return rows
}
