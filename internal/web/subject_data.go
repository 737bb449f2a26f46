package web

import (
	"context"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// SubjectData is everything that is stored about a person without an account, without secrets. The
// people of a host program have none, and neither do those of a trusted issuer.
type SubjectData struct {
	ExportedAt time.Time `json:"exported_at"`
	Subject    string    `json:"subject"`
	Blocked    bool      `json:"blocked"` // no token of the person is accepted
	// RevokedBefore is the time until which all tokens of the person are revoked.
	RevokedBefore time.Time        `json:"revoked_before,omitzero"`
	Sessions      []SubjectSession `json:"sessions"` // in which the person gave access to applications
	Consents      []PersonConsent  `json:"consents"`
	Access        []PersonAccess   `json:"access"`       // permissions that are valid
	EndedAccess   []PersonAccess   `json:"ended_access"` // permissions that have ended, until they are deleted
	Tokens        []PersonToken    `json:"access_tokens"`
	Requests      []PersonRequest  `json:"requests"`
	Activity      []*audit.Record  `json:"activity"`
	Incomplete    []string         `json:"incomplete,omitempty"` // the lists that have more rows
}

// SubjectSession is a login session of a host program.
type SubjectSession struct {
	ID           string   `json:"id"` // a hash of the ID that the host uses
	Applications []string `json:"applications"`
}

// SubjectDataOf returns what is stored about a person without an account. The lists have at most
// maxPersonRows rows each.
func SubjectDataOf(ctx context.Context, store PersonStore, subject string, now time.Time) (*SubjectData, error) {
	d := &PersonData{ID: subject, Requests: []PersonRequest{}}
	standing, err := store.JWTStanding(ctx, oauth.ID{}, oauth.ID{}, "", subject)
	if err != nil {
		return nil, err
	}
	for _, read := range []func() error{
		func() error { return d.readPermissions(ctx, store) },
		func() error { return d.readRequests(ctx, store) },
		func() error { return d.readActivity(ctx, store) },
	} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	sessions, err := sessionsOf(ctx, store, subject, slices.Concat(d.Access, d.EndedAccess))
	return &SubjectData{now, subject, standing.SubjectBlocked, standing.SubjectRevokedBefore, sessions, d.Consents, d.Access, d.EndedAccess, d.Tokens, d.Requests, d.Activity, d.Incomplete}, err
}

// sessionsOf returns the login sessions in which the person gave access, with the applications that
// know them.
func sessionsOf(ctx context.Context, store PersonStore, subject string, access []PersonAccess) ([]SubjectSession, error) {
	sessions := []SubjectSession{}
	for _, a := range access {
		if a.SessionID != "" && !slices.ContainsFunc(sessions, func(s SubjectSession) bool { return s.ID == a.SessionID }) {
			sessions = append(sessions, SubjectSession{a.SessionID, []string{}})
		}
	}
	ids := make([]string, len(sessions))
	for i, s := range sessions {
		ids[i] = s.ID
	}
	clients, err := store.SessionClients(ctx, ids)
	for _, c := range clients {
		if i := slices.Index(ids, c.SessionID); c.Subject == subject && i >= 0 {
			sessions[i].Applications = append(sessions[i].Applications, c.ClientID)
		}
	}
	return sessions, err
}
