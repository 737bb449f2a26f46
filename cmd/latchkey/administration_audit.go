package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
)

// auditLog reads the audit log.
type auditLog interface {
	// EachRecord calls do for the records that the flags select, newest first, until it returns
	// errEnough. It adds notes to the filter about names that do not exist.
	EachRecord(ctx context.Context, f *auditFilter, do func(*audit.Record) error) error
}

func (d *inDatabase) EachRecord(ctx context.Context, f *auditFilter, do func(*audit.Record) error) error {
	if err := f.find(ctx, d.store, d.config.LoginProviders); err != nil {
		return err
	}
	err := audit.Each(ctx, d.store, f.Filter, do)
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// EachRecord sends names of people and of groups. The server finds the people; it rejects a name that
// does not exist.
func (a *atServer) EachRecord(ctx context.Context, f *auditFilter, do func(*audit.Record) error) error {
	target, err := a.auditTarget(ctx, f)
	if err != nil {
		return err
	}
	query := url.Values{
		"category": {f.Category}, "event": {f.Event}, "actor": {f.actor}, "person": {f.person}, "client_id": {f.ClientID}, "target": {target},
		"error_id": {f.ErrorID}, "address": {f.Address}, "failed": {ifSet(f.Failed)}, "roles": {ifSet(f.Roles)}, "from": {timeText(f.From)}, "until": {timeText(f.Until)},
	}
	err = eachOf(ctx, a.api, "audit", query, func(r audit.Record) error { return do(&r) })
	if isStatus(err, http.StatusUnprocessableEntity) {
		f.notes = append(f.notes, err.Error())
		return nil
	}
	return err
}

// auditTarget returns the target of the records that f.Target selects: the name of a login provider, the
// ID of the group with this name, or else f.Target itself, which can be the ID of something else. It adds
// a note if no login provider or group has the name.
func (a *atServer) auditTarget(ctx context.Context, f *auditFilter) (string, error) {
	if f.Target == "" {
		return "", nil
	}
	_, err := a.Provider(ctx, f.Target)
	if err == nil {
		return f.Target, nil
	}
	hidden := isStatus(err, http.StatusForbidden) // a token for the audit log alone
	if !hidden && !errors.Is(err, account.ErrNotFound) {
		return "", err
	}
	if canonical, err := account.CanonicalGroup(f.Target); err == nil {
		g, err := a.Group(ctx, canonical)
		switch {
		case isStatus(err, http.StatusForbidden), isNotFound(err): // or a host program
			hidden = true
		case err != nil:
			return "", err
		case g != nil:
			return g.ID, nil
		}
	}
	if !hidden {
		f.noteTarget()
	}
	return f.Target, nil
}

// ifSet returns a parameter of the query that selects rows if a flag is set.
func ifSet(flag bool) string {
	if flag {
		return "true"
	}
	return ""
}

// timeText returns a parameter of the query with a time, or "".
func timeText(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}
