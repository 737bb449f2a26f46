package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// testRecordedLogins tests that there is a record of a login if and only if its session has
// started.
func testRecordedLogins(t *testing.T, h *house) {
	ada := h.withFactor(t, "ada", h.factor(1, account.FactorTOTP))
	login := &account.LoginRecord{Username: "ada"}
	start := account.SessionStart{Session: h.session("s", ada.ID), Epoch: ada.LoginEpoch, Use: &account.FactorUse{ID: account.FactorID{1}, Step: 6, At: h.now}, Login: login}
	start.Session.Address, start.Session.UserAgent = "192.0.2.7", "Browser"
	change := func(f func(*account.SessionStart)) account.SessionStart {
		changed := start
		f(&changed)
		return changed
	}
	for name, c := range map[string]struct {
		start account.SessionStart
		want  error
	}{
		"without the factor":             {change(func(s *account.SessionStart) { s.Use = nil }), account.ErrSecondFactor},
		"with a used factor":             {change(func(s *account.SessionStart) { s.Use = &account.FactorUse{ID: s.Use.ID, Step: 5, At: h.now} }), account.ErrFactorUsed},
		"with the factor of nobody":      {change(func(s *account.SessionStart) { s.Use = &account.FactorUse{ID: account.FactorID{9}, At: h.now} }), account.ErrFactorUsed},
		"after a new password":           {change(func(s *account.SessionStart) { s.Epoch++ }), account.ErrConflict},
		"in a session that has ended":    {change(func(s *account.SessionStart) { s.Replaces = "s" }), account.ErrNotFound},
		"of an account that was deleted": {change(func(s *account.SessionStart) { s.Session.UserID, s.Use = "none", nil }), account.ErrNotFound},
		"at an unknown time":             {change(func(s *account.SessionStart) { s.Session.CreatedAt = time.Time{} }), account.ErrNoTime},
		"that is not a login: no failure": {change(func(s *account.SessionStart) {
			s.Login, s.Session.ID, s.Use = nil, "t", &account.FactorUse{ID: s.Use.ID, Step: 6, At: h.now}
		}), nil},
	} {
		if err := h.StartSession(ctx, c.start); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if rows, err := h.AuditQueue(ctx, 10); err != nil || len(rows) != 0 {
		t.Errorf("records of logins that failed: %+v, %v", rows, err)
	}
	start.Use.Step = 7
	must(t, h.StartSession(ctx, start))
	start.Use, start.Replaces = &account.FactorUse{ID: start.Use.ID, Step: 8, At: h.now}, "s"
	must(t, h.StartSession(ctx, start)) // in the same session
	rows, err := h.AuditQueue(ctx, 10)
	if err != nil || len(rows) != 2 {
		t.Fatalf("the records: %+v, %v", rows, err)
	}
	record, err := rows[0].Record()
	must(t, err)
	same(t, "time", record.At.UnixMilli(), h.now.UnixMilli())
	same(t, "record", []string{record.Event, record.Category, record.Outcome, record.Actor, record.ActorKind, record.Person}, []string{oauth.EventLogin, oauth.CategoryLogin, oauth.OutcomeOK, ada.ID, "person", ada.ID})
	same(t, "origin", []string{record.Origin.Name, record.Origin.Address, record.Origin.UserAgent, record.Origin.Session, record.Details.PersonName}, []string{"ada", "192.0.2.7", "Browser", "s", "ada"})
}
